extension PageWords {
    static func spanish(_ page: Page) -> PageWords {
        switch page {
        case .ready:
            PageWords(
                "Su encuesta está lista",
                "Este enlace es personal. Le rogamos que no lo comparta: las respuestas dadas con él cuentan como suyas.",
                button: "Empezar la encuesta")
        case .resumable:
            PageWords(
                "Nos alegra verle de nuevo",
                "Ha empezado esta encuesta y puede continuarla ahora.",
                button: "Continuar la encuesta")
        case .expired:
            PageWords(
                "Este enlace ha caducado",
                "El plazo para empezar esta encuesta ha terminado. Si aún desea participar, pregunte a quien le invitó."
            )
        case .finished:
            PageWords(
                "Ha completado esta encuesta",
                "Hemos recibido sus respuestas. No queda nada por hacer. ¡Gracias!")
        case .alreadyStarted:
            PageWords(
                "Esta encuesta ya se ha empezado",
                "Solo se puede abrir una vez. Si no fue usted, avise a quien le invitó.")
        case .windowOver:
            PageWords(
                "El plazo para continuar ha terminado",
                "Esta encuesta se empezó hace tiempo y ya no se puede continuar. Si aún desea participar, pregunte a quien le invitó."
            )
        case .withdrawn:
            PageWords(
                "Este enlace ya no es válido",
                "Lo retiró quien lo envió. Si ha recibido una invitación más reciente, utilice esa.")
        case .invalid:
            PageWords(
                "Este enlace no funciona",
                "Puede que se haya cortado o modificado por el camino. Ábralo de nuevo desde el mensaje original o cópielo de principio a fin."
            )
        case .unavailable:
            PageWords(
                "Inténtelo de nuevo en un momento",
                "Su enlace no es el problema: ahora mismo no se pueden abrir encuestas. No se ha perdido nada; vuelva a cargar esta página en breve."
            )
        case .rateLimited:
            PageWords(
                "Inténtelo de nuevo un poco más tarde",
                "Desde su red se han abierto demasiados enlaces que no funcionan. Espere un minuto y vuelva a abrir el suyo."
            )
        case .done:
            PageWords("¡Gracias!", "Hemos recibido sus respuestas. Ya puede cerrar esta página.")
        case .sessionInvalid:
            PageWords(
                "No se pudo registrar el final de su encuesta",
                "La dirección de esta página está incompleta o se ha modificado. Vuelva a la encuesta y envíela de nuevo."
            )
        case .notFound:
            PageWords("Aquí no hay nada", "Compruebe la dirección o abra de nuevo el enlace de su invitación.")
        }
    }
}
