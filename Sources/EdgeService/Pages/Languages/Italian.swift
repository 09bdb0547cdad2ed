extension Language {
    static let italian = Language("it") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Il questionario è pronto",
                "Questo link è personale. La preghiamo di non condividerlo: tutte le risposte inviate con questo link risulteranno a suo nome.",
                button: "Inizia il questionario")
        case .resumable:
            PageWords(
                "È un piacere rivederla",
                "Ha già iniziato questo questionario e può ancora completarlo.",
                button: "Continua il questionario")
        case .expired:
            PageWords(
                "Questo link è scaduto",
                "Non è più possibile usarlo per iniziare il questionario. Se desidera ancora partecipare, contatti chi le ha inviato l’invito."
            )
        case .finished:
            PageWords(
                "Ha già completato questo questionario",
                "Abbiamo ricevuto le sue risposte e non deve fare altro. Grazie!")
        case .alreadyStarted:
            PageWords(
                "Questo questionario è già stato iniziato",
                "Può essere aperto una sola volta. Se non è stato aperto da lei, avvisi chi le ha inviato l’invito.")
        case .windowOver:
            PageWords(
                "Il tempo per completare il questionario è scaduto",
                "È stato iniziato tempo fa e non può più essere ripreso. Se desidera ancora partecipare, contatti chi le ha inviato l’invito."
            )
        case .withdrawn:
            PageWords(
                "Questo link non è più valido",
                "Il mittente lo ha annullato. Se ha ricevuto un invito più recente, usi il link che contiene.")
        case .invalid:
            PageWords(
                "Questo link non funziona",
                "Potrebbe essere incompleto: alcuni programmi di posta spezzano i link lunghi. Faccia clic sul link nel messaggio originale oppure lo copi per intero, dal primo all’ultimo carattere, nella barra degli indirizzi del browser. Se non basta, chieda un nuovo link a chi le ha inviato l’invito."
            )
        case .unavailable:
            PageWords(
                "Riprovi tra qualche istante",
                "Il problema dipende da noi, non dal suo link, e nulla è andato perso. Ricarichi questa pagina tra uno o due minuti."
            )
        case .rateLimited:
            PageWords(
                "Riprovi tra un minuto",
                "Dalla sua rete sono stati aperti troppi link non funzionanti. Attenda un minuto, poi apra di nuovo il suo link. Se sembra incompleto, lo copi per intero, dal primo all’ultimo carattere, nella barra degli indirizzi del browser."
            )
        case .done:
            PageWords(
                "Grazie!",
                "Abbiamo ricevuto le sue risposte. Ora può chiudere questa pagina.")
        case .sessionInvalid:
            PageWords(
                "Non siamo riusciti a registrare il completamento del questionario",
                "L’indirizzo di questa pagina è incompleto o è stato modificato. Se ha già inviato le sue risposte, non occorre inviarle di nuovo. Se riceve un promemoria, avvisi chi le ha inviato l’invito."
            )
        case .linkNeeded:
            PageWords(
                "Apra il suo link personale",
                "Questo questionario è accessibile solo tramite il link contenuto nell’invito. Se lo ha già aperto e vede di nuovo questa pagina, consenta i cookie nel browser e riprovi."
            )
        case .notFound:
            PageWords(
                "Questa pagina non è disponibile",
                "Controlli l’indirizzo. Se ha ricevuto l’invito a un questionario, apra il link che contiene oppure lo copi per intero, dal primo all’ultimo carattere, nella barra degli indirizzi del browser."
            )
        }
    }
}
