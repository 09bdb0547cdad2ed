extension PageWords {
    static func french(_ page: Page) -> PageWords {
        switch page {
        case .ready:
            PageWords(
                "Votre enquête est prête",
                "Ce lien vous est personnel. Merci de ne pas le transmettre\u{a0}: les réponses données par ce lien comptent comme les vôtres.",
                button: "Commencer l’enquête")
        case .resumable:
            PageWords(
                "Bon retour",
                "Vous avez commencé cette enquête. Vous pouvez la poursuivre maintenant.",
                button: "Poursuivre l’enquête")
        case .expired:
            PageWords(
                "Ce lien a expiré",
                "Le délai pour commencer cette enquête est passé. Si vous souhaitez encore participer, adressez-vous à la personne qui vous a invité."
            )
        case .finished:
            PageWords(
                "Vous avez terminé cette enquête",
                "Vos réponses ont bien été reçues. Il n’y a plus rien à faire. Merci\u{202f}!")
        case .alreadyStarted:
            PageWords(
                "Cette enquête a déjà été commencée",
                "Elle ne peut être ouverte qu’une seule fois. Si ce n’était pas vous, prévenez la personne qui vous a invité."
            )
        case .windowOver:
            PageWords(
                "Le délai pour poursuivre est passé",
                "Cette enquête a été commencée il y a un certain temps et ne peut plus être poursuivie. Si vous souhaitez encore participer, adressez-vous à la personne qui vous a invité."
            )
        case .withdrawn:
            PageWords(
                "Ce lien n’est plus valable",
                "Il a été retiré par son expéditeur. Si vous avez reçu une invitation plus récente, utilisez celle-ci.")
        case .invalid:
            PageWords(
                "Ce lien ne fonctionne pas",
                "Il a peut-être été coupé ou modifié en route. Ouvrez-le à nouveau depuis le message d’origine, ou copiez-le du début à la fin."
            )
        case .unavailable:
            PageWords(
                "Veuillez réessayer dans un instant",
                "Votre lien n’est pas en cause\u{a0}: les enquêtes ne peuvent pas être ouvertes pour le moment. Rien n’est perdu, rechargez cette page sous peu."
            )
        case .rateLimited:
            PageWords(
                "Veuillez réessayer un peu plus tard",
                "Trop de liens qui ne fonctionnent pas ont été ouverts depuis votre réseau. Attendez une minute, puis rouvrez votre lien."
            )
        case .done:
            PageWords("Merci\u{202f}!", "Vos réponses ont bien été reçues. Vous pouvez fermer cette page.")
        case .sessionInvalid:
            PageWords(
                "La fin de votre enquête n’a pas pu être enregistrée",
                "L’adresse de cette page est incomplète ou a été modifiée. Revenez à l’enquête et envoyez-la à nouveau."
            )
        case .notFound:
            PageWords(
                "Il n’y a rien ici", "Vérifiez l’adresse, ou ouvrez à nouveau le lien de votre invitation.")
        }
    }
}
