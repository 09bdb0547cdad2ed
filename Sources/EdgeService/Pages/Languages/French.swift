extension Language {
    static let french = Language("fr") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Votre questionnaire est prêt",
                "Ce lien vous est personnel. Merci de ne pas le partager\u{a0}: toutes les réponses envoyées avec ce lien seront considérées comme les vôtres.",
                button: "Commencer le questionnaire")
        case .resumable:
            PageWords(
                "Bon retour parmi nous",
                "Vous avez déjà commencé ce questionnaire et vous pouvez encore le terminer.",
                button: "Reprendre le questionnaire")
        case .expired:
            PageWords(
                "Ce lien a expiré",
                "Il ne permet plus de commencer le questionnaire. Si vous souhaitez encore participer, contactez l’expéditeur de votre invitation."
            )
        case .finished:
            PageWords(
                "Vous avez déjà répondu à ce questionnaire",
                "Vos réponses ont bien été reçues, vous n’avez plus rien à faire. Merci\u{202f}!")
        case .alreadyStarted:
            PageWords(
                "Ce questionnaire a déjà été commencé",
                "Il ne peut être ouvert qu’une seule fois. Si ce n’est pas vous qui l’avez ouvert, prévenez l’expéditeur de votre invitation."
            )
        case .windowOver:
            PageWords(
                "Le délai pour terminer ce questionnaire est écoulé",
                "Il a été commencé il y a un certain temps et ne peut plus être repris. Si vous souhaitez encore participer, contactez l’expéditeur de votre invitation."
            )
        case .withdrawn:
            PageWords(
                "Ce lien n’est plus valable",
                "Son expéditeur l’a annulé. Si vous avez reçu une invitation plus récente, utilisez le lien qu’elle contient."
            )
        case .invalid:
            PageWords(
                "Ce lien ne fonctionne pas",
                "Il est peut-être incomplet\u{a0}: certaines messageries coupent les liens trop longs. Cliquez sur le lien dans le message d’origine, ou copiez-le en entier, du premier au dernier caractère, dans la barre d’adresse de votre navigateur. Si cela ne suffit pas, demandez un nouveau lien à l’expéditeur de votre invitation."
            )
        case .unavailable:
            PageWords(
                "Veuillez réessayer dans un instant",
                "Le problème vient de notre service, et non de votre lien. Rien n’a été perdu. Rechargez cette page dans une ou deux minutes."
            )
        case .rateLimited:
            PageWords(
                "Veuillez réessayer dans une minute",
                "Trop de liens qui ne fonctionnent pas ont été ouverts depuis votre réseau. Attendez une minute, puis ouvrez à nouveau votre lien. S’il semble coupé, copiez-le en entier, du premier au dernier caractère, dans la barre d’adresse de votre navigateur."
            )
        case .done:
            PageWords(
                "Merci\u{202f}!",
                "Vos réponses ont bien été reçues. Vous pouvez maintenant fermer cette page.")
        case .sessionInvalid:
            PageWords(
                "Nous n’avons pas pu enregistrer la fin de votre questionnaire",
                "L’adresse de cette page est incomplète ou a été modifiée. Si vous avez envoyé vos réponses, inutile de les renvoyer. Si vous recevez un rappel, prévenez l’expéditeur de votre invitation."
            )
        case .linkNeeded:
            PageWords(
                "Veuillez ouvrir votre lien personnel",
                "Ce questionnaire n’est accessible que par le lien de votre invitation. Si vous l’avez déjà ouvert et que cette page réapparaît, autorisez les cookies dans votre navigateur, puis réessayez."
            )
        case .notFound:
            PageWords(
                "Cette page n’est pas disponible",
                "Vérifiez l’adresse. Si vous avez reçu une invitation à un questionnaire, ouvrez le lien qu’elle contient, ou copiez-le en entier, du premier au dernier caractère, dans la barre d’adresse de votre navigateur."
            )
        }
    }
}
