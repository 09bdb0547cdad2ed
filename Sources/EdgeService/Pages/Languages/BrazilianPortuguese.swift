extension Language {
    static let brazilianPortuguese = Language(
        "pt-BR",
        // Most who write Portuguese are in Brazil, and CLDR takes `pt` for that too.
        aliases: ["pt"]
    ) { (page) in
        switch page {
        case .ready:
            PageWords(
                "Sua pesquisa está pronta",
                "Este link é pessoal. Por favor, não o compartilhe: todas as respostas enviadas por ele serão consideradas suas.",
                button: "Iniciar a pesquisa")
        case .resumable:
            PageWords(
                "Que bom ter você de volta",
                "Você já iniciou esta pesquisa e ainda pode concluí-la.",
                button: "Continuar a pesquisa")
        case .expired:
            PageWords(
                "Este link expirou",
                "Não é mais possível iniciar a pesquisa com ele. Se ainda quiser participar, entre em contato com quem enviou o convite."
            )
        case .finished:
            PageWords(
                "Você já concluiu esta pesquisa",
                "Recebemos suas respostas e não é preciso fazer mais nada. Agradecemos sua participação!")
        case .alreadyStarted:
            PageWords(
                "Esta pesquisa já foi iniciada",
                "Ela só pode ser aberta uma vez. Se não foi você quem a abriu, avise quem enviou o convite.")
        case .windowOver:
            PageWords(
                "O prazo para concluir a pesquisa terminou",
                "Ela foi iniciada há algum tempo e não é mais possível continuá-la. Se ainda quiser participar, entre em contato com quem enviou o convite."
            )
        case .withdrawn:
            PageWords(
                "Este link não é mais válido",
                "Ele foi cancelado por quem o enviou. Se você recebeu um convite mais recente, use o link que está nele."
            )
        case .invalid:
            PageWords(
                "Este link não funciona",
                "Talvez ele esteja incompleto: alguns programas de e-mail cortam links longos. Clique no link da mensagem original ou copie o link inteiro, do primeiro ao último caractere, e cole-o na barra de endereços do navegador. Se isso não resolver, peça um novo link a quem enviou o convite."
            )
        case .unavailable:
            PageWords(
                "Tente novamente em instantes",
                "O problema é nosso, não do seu link, e nada se perdeu. Recarregue esta página em um ou dois minutos.")
        case .rateLimited:
            PageWords(
                "Tente novamente em um minuto",
                "Muitos links que não funcionam foram abertos a partir da sua rede. Aguarde um minuto e abra o seu link outra vez. Se ele parecer cortado, copie o link inteiro, do primeiro ao último caractere, e cole-o na barra de endereços do navegador."
            )
        case .done:
            PageWords(
                "Agradecemos sua participação!",
                "Recebemos suas respostas. Você já pode fechar esta página.")
        case .sessionInvalid:
            PageWords(
                "Não foi possível registrar a conclusão da pesquisa",
                "O endereço desta página está incompleto ou foi alterado. Se você já enviou suas respostas, não precisa enviá-las novamente. Se receber um lembrete, avise quem enviou o convite."
            )
        case .linkNeeded:
            PageWords(
                "Abra o seu link pessoal",
                "Esta pesquisa só pode ser acessada pelo link do seu convite. Se você já o abriu e esta página apareceu novamente, permita cookies no navegador e tente outra vez."
            )
        case .notFound:
            PageWords(
                "Esta página não está disponível",
                "Verifique o endereço. Se você recebeu um convite para uma pesquisa, abra o link que está nele ou copie o link inteiro, do primeiro ao último caractere, e cole-o na barra de endereços do navegador."
            )
        }
    }
}
