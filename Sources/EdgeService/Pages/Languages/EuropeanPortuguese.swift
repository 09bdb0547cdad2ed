extension Language {
    static let europeanPortuguese = Language(
        "pt-PT",
        // The regions whose Portuguese is closer to Portugal's than to Brazil's (parentLocales of Unicode's CLDR).
        aliases: [
            "pt-AO", "pt-CH", "pt-CV", "pt-FR", "pt-GQ", "pt-GW", "pt-LU", "pt-MO", "pt-MZ", "pt-ST", "pt-TL",
        ]
    ) { (page) in
        switch page {
        case .ready:
            PageWords(
                "O seu inquérito está pronto",
                "Este link é pessoal. Por favor, não o partilhe: todas as respostas enviadas através dele serão consideradas suas.",
                button: "Iniciar o inquérito")
        case .resumable:
            PageWords(
                "Damos-lhe de novo as boas-vindas",
                "Já iniciou este inquérito e ainda o pode concluir.",
                button: "Continuar o inquérito")
        case .expired:
            PageWords(
                "Este link expirou",
                "Já não é possível iniciar o inquérito com ele. Se ainda quiser participar, contacte quem lhe enviou o convite."
            )
        case .finished:
            PageWords(
                "Já concluiu este inquérito",
                "Recebemos as suas respostas e não precisa de fazer mais nada. Agradecemos a sua participação!")
        case .alreadyStarted:
            PageWords(
                "Este inquérito já foi iniciado",
                "Só pode ser aberto uma vez. Se não foi aberto por si, avise quem lhe enviou o convite.")
        case .windowOver:
            PageWords(
                "O prazo para concluir o inquérito terminou",
                "Foi iniciado há algum tempo e já não é possível continuá-lo. Se ainda quiser participar, contacte quem lhe enviou o convite."
            )
        case .withdrawn:
            PageWords(
                "Este link já não é válido",
                "Foi anulado por quem o enviou. Se recebeu um convite mais recente, utilize o link que nele se encontra."
            )
        case .invalid:
            PageWords(
                "Este link não funciona",
                "Talvez esteja incompleto: alguns programas de correio eletrónico cortam os links longos. Clique no link da mensagem original ou copie-o por inteiro, do primeiro ao último carácter, para a barra de endereço do navegador. Se isso não ajudar, peça um novo link a quem lhe enviou o convite."
            )
        case .unavailable:
            PageWords(
                "Tente novamente dentro de momentos",
                "O problema é nosso, não do seu link, e nada se perdeu. Recarregue esta página dentro de um ou dois minutos."
            )
        case .rateLimited:
            PageWords(
                "Tente novamente dentro de um minuto",
                "Foram abertos a partir da sua rede demasiados links que não funcionam. Aguarde um minuto e volte a abrir o seu link. Se lhe parecer cortado, copie-o por inteiro, do primeiro ao último carácter, para a barra de endereço do navegador."
            )
        case .done:
            PageWords(
                "Agradecemos a sua participação!",
                "Recebemos as suas respostas. Já pode fechar esta página.")
        case .sessionInvalid:
            PageWords(
                "Não foi possível registar a conclusão do inquérito",
                "O endereço desta página está incompleto ou foi alterado. Se já enviou as suas respostas, não precisa de as enviar novamente. Se receber um lembrete, avise quem lhe enviou o convite."
            )
        case .linkNeeded:
            PageWords(
                "Abra o seu link pessoal",
                "Só é possível aceder a este inquérito através do link do seu convite. Se já o abriu e esta página voltou a aparecer, permita os cookies no navegador e tente novamente."
            )
        case .notFound:
            PageWords(
                "Esta página não está disponível",
                "Verifique o endereço. Se recebeu um convite para um inquérito, abra o link que nele se encontra ou copie-o por inteiro, do primeiro ao último carácter, para a barra de endereço do navegador."
            )
        }
    }
}
