extension Language {
    static let polish = Language("pl") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Zapraszamy do wypełnienia ankiety",
                "Ten link jest osobisty. Prosimy go nie udostępniać: wszystkie odpowiedzi przesłane za jego pośrednictwem zostaną przypisane adresatowi zaproszenia.",
                button: "Rozpocznij ankietę")
        case .resumable:
            PageWords(
                "Witamy ponownie",
                "Ta ankieta została już rozpoczęta i nadal można ją dokończyć.",
                button: "Kontynuuj ankietę")
        case .expired:
            PageWords(
                "Ten link wygasł",
                "Nie można już za jego pomocą rozpocząć ankiety. Aby mimo to wziąć udział, prosimy o kontakt z nadawcą zaproszenia."
            )
        case .finished:
            PageWords(
                "Ta ankieta została już wypełniona",
                "Otrzymaliśmy odpowiedzi i nic więcej nie trzeba robić. Dziękujemy!")
        case .alreadyStarted:
            PageWords(
                "Ta ankieta została już rozpoczęta",
                "Można ją otworzyć tylko raz. Jeśli otworzył ją ktoś inny, prosimy powiadomić nadawcę zaproszenia.")
        case .windowOver:
            PageWords(
                "Czas na dokończenie ankiety minął",
                "Ankieta została rozpoczęta jakiś czas temu i nie można już jej kontynuować. Aby mimo to wziąć udział, prosimy o kontakt z nadawcą zaproszenia."
            )
        case .withdrawn:
            PageWords(
                "Ten link jest już nieważny",
                "Nadawca go wycofał. Jeśli nadeszło nowsze zaproszenie, prosimy skorzystać z linku, który się w nim znajduje."
            )
        case .invalid:
            PageWords(
                "Ten link nie działa",
                "Być może jest niepełny: niektóre programy pocztowe dzielą długie linki. Prosimy kliknąć link w oryginalnej wiadomości albo skopiować go w całości, od pierwszego do ostatniego znaku, do paska adresu przeglądarki. Jeśli to nie pomoże, o nowy link można poprosić nadawcę zaproszenia."
            )
        case .unavailable:
            PageWords(
                "Prosimy spróbować za chwilę",
                "Problem leży po naszej stronie, a nie w linku, i nic nie zostało utracone. Prosimy odświeżyć tę stronę za minutę lub dwie."
            )
        case .rateLimited:
            PageWords(
                "Prosimy spróbować za minutę",
                "Z tej sieci otwarto zbyt wiele niedziałających linków. Prosimy odczekać minutę i ponownie otworzyć swój link. Jeśli wygląda na ucięty, prosimy skopiować go w całości, od pierwszego do ostatniego znaku, do paska adresu przeglądarki."
            )
        case .done:
            PageWords(
                "Dziękujemy!",
                "Otrzymaliśmy odpowiedzi. Tę stronę można już zamknąć.")
        case .sessionInvalid:
            PageWords(
                "Nie udało się odnotować zakończenia ankiety",
                "Adres tej strony jest niepełny lub został zmieniony. Jeśli odpowiedzi zostały wysłane, nie trzeba tego robić ponownie. W razie otrzymania przypomnienia prosimy powiadomić nadawcę zaproszenia."
            )
        case .linkNeeded:
            PageWords(
                "Prosimy otworzyć swój osobisty link",
                "Do tej ankiety można wejść tylko przez link z zaproszenia. Jeśli po jego otwarciu znów pojawia się ta strona, prosimy zezwolić w przeglądarce na pliki cookie i spróbować jeszcze raz."
            )
        case .notFound:
            PageWords(
                "Ta strona jest niedostępna",
                "Prosimy sprawdzić adres. Osoby zaproszone do ankiety prosimy o otwarcie linku z zaproszenia albo o skopiowanie go w całości, od pierwszego do ostatniego znaku, do paska adresu przeglądarki."
            )
        }
    }
}
