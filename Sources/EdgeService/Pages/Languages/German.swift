extension Language {
    static let german = Language("de") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Ihre Umfrage ist bereit",
                "Dieser Link ist nur für Sie bestimmt. Bitte geben Sie ihn nicht weiter: Alle Antworten, die darüber eingehen, werden Ihnen zugeordnet.",
                button: "Umfrage starten")
        case .resumable:
            PageWords(
                "Willkommen zurück",
                "Sie haben diese Umfrage bereits begonnen und können sie noch abschließen.",
                button: "Umfrage fortsetzen")
        case .expired:
            PageWords(
                "Dieser Link ist abgelaufen",
                "Die Umfrage lässt sich damit nicht mehr starten. Wenn Sie noch teilnehmen möchten, wenden Sie sich bitte an den Absender Ihrer Einladung."
            )
        case .finished:
            PageWords(
                "Sie haben diese Umfrage abgeschlossen",
                "Ihre Antworten sind eingegangen, Sie müssen nichts weiter tun. Vielen Dank!")
        case .alreadyStarted:
            PageWords(
                "Diese Umfrage wurde bereits begonnen",
                "Sie lässt sich nur einmal öffnen. Wenn Sie das nicht waren, geben Sie bitte dem Absender Ihrer Einladung Bescheid."
            )
        case .windowOver:
            PageWords(
                "Die Zeit zum Ausfüllen ist abgelaufen",
                "Diese Umfrage wurde vor einiger Zeit begonnen und kann nicht mehr fortgesetzt werden. Wenn Sie noch teilnehmen möchten, wenden Sie sich bitte an den Absender Ihrer Einladung."
            )
        case .withdrawn:
            PageWords(
                "Dieser Link ist nicht mehr gültig",
                "Der Absender hat ihn zurückgezogen. Wenn Sie eine neuere Einladung erhalten haben, verwenden Sie bitte den Link darin."
            )
        case .invalid:
            PageWords(
                "Dieser Link funktioniert nicht",
                "Vielleicht ist er unvollständig: Manche E-Mail-Programme trennen lange Links. Bitte klicken Sie in der ursprünglichen Nachricht auf den Link oder kopieren Sie ihn vollständig, vom ersten bis zum letzten Zeichen, in die Adresszeile Ihres Browsers. Wenn das nicht hilft, bitten Sie den Absender um einen neuen Link."
            )
        case .unavailable:
            PageWords(
                "Bitte versuchen Sie es gleich noch einmal",
                "Das Problem liegt bei uns und nicht an Ihrem Link. Es ist nichts verloren gegangen. Bitte laden Sie diese Seite in ein bis zwei Minuten neu."
            )
        case .rateLimited:
            PageWords(
                "Bitte versuchen Sie es in einer Minute noch einmal",
                "Aus Ihrem Netzwerk wurden zu viele Links geöffnet, die nicht funktionieren. Bitte warten Sie eine Minute und öffnen Sie Ihren Link dann noch einmal. Falls er abgeschnitten aussieht, kopieren Sie ihn vollständig, vom ersten bis zum letzten Zeichen, in die Adresszeile Ihres Browsers."
            )
        case .done:
            PageWords(
                "Vielen Dank!",
                "Ihre Antworten sind eingegangen. Sie können diese Seite jetzt schließen.")
        case .sessionInvalid:
            PageWords(
                "Wir konnten den Abschluss Ihrer Umfrage nicht erfassen",
                "Die Adresse dieser Seite ist unvollständig oder wurde verändert. Wenn Sie Ihre Antworten abgeschickt haben, müssen Sie das nicht noch einmal tun. Sollten Sie eine Erinnerung erhalten, geben Sie bitte dem Absender Bescheid."
            )
        case .linkNeeded:
            PageWords(
                "Bitte öffnen Sie Ihren persönlichen Link",
                "Diese Umfrage lässt sich nur über den Link in Ihrer Einladung öffnen. Wenn Sie ihn schon geöffnet haben und diese Seite wieder erscheint, erlauben Sie bitte Cookies in Ihrem Browser und versuchen Sie es noch einmal."
            )
        case .notFound:
            PageWords(
                "Diese Seite ist nicht verfügbar",
                "Bitte prüfen Sie die Adresse. Wenn Sie zu einer Umfrage eingeladen wurden, öffnen Sie den Link in Ihrer Einladung oder kopieren Sie ihn vollständig, vom ersten bis zum letzten Zeichen, in die Adresszeile Ihres Browsers."
            )
        }
    }
}
