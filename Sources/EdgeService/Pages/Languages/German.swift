extension PageWords {
    static func german(_ page: Page) -> PageWords {
        switch page {
        case .ready:
            PageWords(
                "Ihre Umfrage ist bereit",
                "Dieser Link gehört nur Ihnen. Bitte geben Sie ihn nicht weiter: Antworten über diesen Link gelten als Ihre.",
                button: "Umfrage starten")
        case .resumable:
            PageWords(
                "Willkommen zurück",
                "Sie haben diese Umfrage begonnen und können sie jetzt fortsetzen.",
                button: "Umfrage fortsetzen")
        case .expired:
            PageWords(
                "Dieser Link ist abgelaufen",
                "Die Zeit, in der diese Umfrage begonnen werden konnte, ist vorbei. Wenn Sie noch teilnehmen möchten, fragen Sie bitte dort nach, wo Sie die Einladung erhalten haben."
            )
        case .finished:
            PageWords(
                "Sie haben diese Umfrage abgeschlossen",
                "Ihre Antworten sind angekommen. Es ist nichts weiter zu tun. Vielen Dank!")
        case .alreadyStarted:
            PageWords(
                "Diese Umfrage wurde bereits begonnen",
                "Sie lässt sich nur einmal öffnen. Wenn Sie das nicht waren, geben Sie bitte dort Bescheid, wo Sie die Einladung erhalten haben."
            )
        case .windowOver:
            PageWords(
                "Die Zeit zum Fortsetzen ist vorbei",
                "Diese Umfrage wurde vor einiger Zeit begonnen und kann nicht mehr fortgesetzt werden. Wenn Sie noch teilnehmen möchten, fragen Sie bitte dort nach, wo Sie die Einladung erhalten haben."
            )
        case .withdrawn:
            PageWords(
                "Dieser Link ist nicht mehr gültig",
                "Er wurde vom Absender zurückgezogen. Wenn Sie eine neuere Einladung erhalten haben, verwenden Sie bitte diese."
            )
        case .invalid:
            PageWords(
                "Dieser Link funktioniert nicht",
                "Vielleicht wurde er unterwegs abgeschnitten oder verändert. Bitte öffnen Sie ihn noch einmal aus der ursprünglichen Nachricht, oder kopieren Sie ihn von Anfang bis Ende."
            )
        case .unavailable:
            PageWords(
                "Bitte versuchen Sie es gleich noch einmal",
                "An Ihrem Link liegt es nicht: Umfragen lassen sich gerade nicht öffnen. Es geht nichts verloren. Laden Sie diese Seite in Kürze neu."
            )
        case .rateLimited:
            PageWords(
                "Bitte versuchen Sie es etwas später",
                "Aus Ihrem Netz wurden zu viele Links geöffnet, die nicht funktionieren. Warten Sie eine Minute und öffnen Sie Ihren Link dann erneut."
            )
        case .done:
            PageWords("Vielen Dank!", "Ihre Antworten sind angekommen. Sie können diese Seite jetzt schließen.")
        case .sessionInvalid:
            PageWords(
                "Der Abschluss Ihrer Umfrage wurde nicht erfasst",
                "Die Adresse dieser Seite ist unvollständig oder wurde verändert. Bitte gehen Sie zur Umfrage zurück und senden Sie sie noch einmal ab."
            )
        case .notFound:
            PageWords(
                "Hier ist nichts",
                "Bitte prüfen Sie die Adresse, oder öffnen Sie den Link aus Ihrer Einladung noch einmal.")
        }
    }
}
