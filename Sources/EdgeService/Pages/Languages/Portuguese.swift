extension PageWords {
    static func portuguese(_ page: Page) -> PageWords {
        switch page {
        case .ready:
            PageWords(
                "Sua pesquisa está pronta",
                "Este link é pessoal. Por favor, não o compartilhe: as respostas dadas por ele contam como suas.",
                button: "Iniciar a pesquisa")
        case .resumable:
            PageWords(
                "Que bom ver você de novo",
                "Você já iniciou esta pesquisa e pode continuar agora.",
                button: "Continuar a pesquisa")
        case .expired:
            PageWords(
                "Este link expirou",
                "O prazo para iniciar esta pesquisa terminou. Se ainda quiser participar, fale com quem enviou o convite."
            )
        case .finished:
            PageWords(
                "Você concluiu esta pesquisa",
                "Suas respostas foram recebidas. Não há mais nada a fazer. Obrigado!")
        case .alreadyStarted:
            PageWords(
                "Esta pesquisa já foi iniciada",
                "Ela só pode ser aberta uma vez. Se não foi você, avise quem enviou o convite.")
        case .windowOver:
            PageWords(
                "O prazo para continuar terminou",
                "Esta pesquisa foi iniciada há algum tempo e não pode mais ser continuada. Se ainda quiser participar, fale com quem enviou o convite."
            )
        case .withdrawn:
            PageWords(
                "Este link não é mais válido",
                "Ele foi retirado por quem o enviou. Se você recebeu um convite mais recente, use-o.")
        case .invalid:
            PageWords(
                "Este link não funciona",
                "Ele pode ter sido cortado ou alterado no caminho. Abra-o novamente na mensagem original ou copie-o do início ao fim."
            )
        case .unavailable:
            PageWords(
                "Tente novamente em instantes",
                "O problema não é o seu link: no momento, as pesquisas não podem ser abertas. Nada se perdeu; recarregue esta página em breve."
            )
        case .rateLimited:
            PageWords(
                "Tente novamente um pouco mais tarde",
                "Muitos links que não funcionam foram abertos a partir da sua rede. Aguarde um minuto e abra o seu link outra vez."
            )
        case .done:
            PageWords("Obrigado!", "Suas respostas foram recebidas. Você já pode fechar esta página.")
        case .sessionInvalid:
            PageWords(
                "Não foi possível registrar o fim da sua pesquisa",
                "O endereço desta página está incompleto ou foi alterado. Volte à pesquisa e envie-a novamente.")
        case .notFound:
            PageWords("Não há nada aqui", "Verifique o endereço ou abra novamente o link do seu convite.")
        }
    }
}
