extension Language {
    static let dutch = Language("nl") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Uw enquête staat klaar",
                "Deze link is persoonlijk. Deel hem niet met anderen: alle antwoorden die via deze link binnenkomen, gelden als uw antwoorden.",
                button: "Enquête starten")
        case .resumable:
            PageWords(
                "Welkom terug",
                "U bent al aan deze enquête begonnen en kunt deze nog afronden.",
                button: "Verdergaan met de enquête")
        case .expired:
            PageWords(
                "Deze link is verlopen",
                "U kunt er de enquête niet meer mee starten. Wilt u nog meedoen? Neem dan contact op met de afzender van uw uitnodiging."
            )
        case .finished:
            PageWords(
                "U hebt deze enquête afgerond",
                "We hebben uw antwoorden ontvangen. U hoeft verder niets te doen. Hartelijk dank!")
        case .alreadyStarted:
            PageWords(
                "Deze enquête is al gestart",
                "U kunt de enquête maar één keer openen. Was u dit niet? Laat het dan weten aan de afzender van uw uitnodiging."
            )
        case .windowOver:
            PageWords(
                "De tijd om deze enquête af te ronden is voorbij",
                "De enquête is enige tijd geleden gestart en kan niet meer worden voortgezet. Wilt u nog meedoen? Neem dan contact op met de afzender van uw uitnodiging."
            )
        case .withdrawn:
            PageWords(
                "Deze link is niet meer geldig",
                "De afzender heeft de link ingetrokken. Hebt u een nieuwere uitnodiging ontvangen? Gebruik dan de link daarin."
            )
        case .invalid:
            PageWords(
                "Deze link werkt niet",
                "Mogelijk is de link niet compleet: sommige e-mailprogramma’s breken lange links af. Klik op de link in het oorspronkelijke bericht of kopieer de hele link, van het eerste tot en met het laatste teken, naar de adresbalk van uw browser. Helpt dat niet? Vraag de afzender van uw uitnodiging dan om een nieuwe link."
            )
        case .unavailable:
            PageWords(
                "Probeer het zo meteen opnieuw",
                "Het probleem ligt bij ons en niet aan uw link. Er is niets verloren gegaan. Laad deze pagina over een of twee minuten opnieuw."
            )
        case .rateLimited:
            PageWords(
                "Probeer het over een minuut opnieuw",
                "Via uw netwerk zijn te veel links geopend die niet werken. Wacht een minuut en open uw link dan opnieuw. Lijkt de link afgebroken? Kopieer dan de hele link, van het eerste tot en met het laatste teken, naar de adresbalk van uw browser."
            )
        case .done:
            PageWords(
                "Hartelijk dank!",
                "We hebben uw antwoorden ontvangen. U kunt deze pagina nu sluiten.")
        case .sessionInvalid:
            PageWords(
                "We konden niet vastleggen dat u de enquête hebt afgerond",
                "Het adres van deze pagina is niet compleet of is gewijzigd. Als u uw antwoorden hebt verstuurd, hoeft u dat niet opnieuw te doen. Krijgt u toch een herinnering? Laat het dan weten aan de afzender."
            )
        case .linkNeeded:
            PageWords(
                "Open uw persoonlijke link",
                "Deze enquête is alleen toegankelijk via de link in uw uitnodiging. Hebt u die al geopend en ziet u deze pagina opnieuw? Sta dan cookies toe in uw browser en probeer het nog eens."
            )
        case .notFound:
            PageWords(
                "Deze pagina is niet beschikbaar",
                "Controleer het adres. Bent u uitgenodigd voor een enquête? Open dan de link in uw uitnodiging of kopieer de hele link, van het eerste tot en met het laatste teken, naar de adresbalk van uw browser."
            )
        }
    }
}
