import Hummingbird

/// Who is signed in. Users see their own sessions; admins see everybody's.
extension ConsoleService {
    func showSessions(_ call: Call) -> Response {
        let all = sessions.all(of: reach(of: call), at: call.now)
        return page(
            "sessions", "Sessions", in: nil,
            [
                "seesAll": reach(of: call) == nil, "user": call.user, "role": call.session?.role.rawValue ?? "",
                "message": call.query["done"] == "ended" ? "The session is ended." : "",
                "hasMessage": call.query["done"] == "ended",
                "sessions": all.map { (session) in
                    [
                        "id": session.id, "user": session.user, "role": session.role.rawValue,
                        "address": session.address, "began": session.beganAt.description,
                        "beganShort": session.beganAt.short, "used": session.usedAt.description,
                        "usedShort": session.usedAt.short, "isThis": session.id == call.session?.id,
                    ] as [String: Any]
                },
            ], for: call.session)
    }

    func endSession(_ call: Call) throws -> Response {
        guard let ended = sessions.end(id: call.form["session"], of: reach(of: call)) else {
            throw ConsoleRefusal.noSuchPage
        }
        try record(.sessionEnded, call, name: ended.user)
        return .seeOther("/sessions?done=ended")
    }

    /// Whose sessions a user sees and ends; nil for everybody's.
    private func reach(of call: Call) -> String? { call.session?.role == .admin ? nil : call.user }
}
