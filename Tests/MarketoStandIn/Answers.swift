import Foundation

/// The answers of the REST API, from the path, the query and the body of a call.
extension Instance {
    struct Request {
        var method: String
        var path: String
        var query: [String: String]
        var authorization: String?
        /// The header `Range`.
        var range: String?
        var body: [UInt8]
    }

    mutating func identity(_ query: [String: String], at now: Double) -> (status: Int, body: [String: Any]) {
        guard query["grant_type"] == "client_credentials", query["client_id"] == clientID,
            query["client_secret"] == clientSecret
        else {
            return (401, ["error": "invalid_client", "error_description": "Bad client credentials"])
        }
        if token == nil || token!.expiresAt <= now {
            tokensMade += 1
            token = ("token-\(tokensMade):int", now + tokenLifetime)
        }
        return (
            200,
            [
                "access_token": token!.text, "token_type": "bearer", "expires_in": Int(token!.expiresAt - now),
                "scope": "api@example.com",
            ]
        )
    }

    /// Counts a call against the day's quota. Nil when it may be made.
    mutating func refusal(of request: Request, at now: Double) -> [String: Any]? {
        guard let token, request.authorization == "Bearer \(token.text)" else {
            return failure("601", "Access token invalid")
        }
        guard token.expiresAt > now else { return failure("602", "Access token expired") }
        guard quota > 0 else { return failure("607", "Daily API Request Limit Reached") }
        quota -= 1
        return nil
    }

    mutating func answer(to request: Request, at now: Double) -> [String: Any] {
        if let refusal = refusal(of: request, at: now) { return refusal }
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.count) {
        case ("GET", 3) where parts[2] == "lists.json":
            return lists(request.query)
        case ("GET", 4) where parts[2] == "lists":
            guard let list = lists.first(where: { "\($0.id).json" == parts[3] }) else {
                return failure("1013", "Static list not found")
            }
            return success([record(of: list)])
        case ("GET", 5) where parts[2] == "list" && parts[4] == "leads.json":
            return leads(of: parts[3], request.query)
        case ("POST", 3) where parts[2] == "leads.json":
            return update(request.body)
        case ("GET", 4) where parts[3] == "smartLists.json":
            return smartLists(request.query)
        case ("GET", 5) where parts[3] == "smartList":
            return smartList(parts[4], request.query)
        case (_, 5...) where parts[0] == "bulk":
            return export(request.method, Array(parts[4...]), request.body)
        default:
            return failure("610", "Requested resource not found")
        }
    }

    private mutating func lists(_ query: [String: String]) -> [String: Any] {
        guard hasReadPermission else { return failure("603", "Access denied") }
        let found = lists.filter { query["name"] == nil || query["name"] == $0.name }
        guard let (start, size) = page(query, "lists", count: found.count) else {
            return failure("1003", "Invalid nextPageToken")
        }
        var answer = success(found[start...].prefix(size).map(record))
        if start + size < found.count { answer["nextPageToken"] = "lists:\(start + size)" }
        return answer
    }

    private func record(of list: List) -> [String: Any] {
        [
            "id": list.id, "name": list.name, "programName": "Q4", "workspaceName": "Default",
            "createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:05Z",
        ]
    }

    private mutating func leads(of id: String, _ query: [String: String]) -> [String: Any] {
        guard hasReadPermission else { return failure("603", "Access denied") }
        guard let list = lists.first(where: { String($0.id) == id }) else {
            return failure("1013", "List not found")
        }
        let fields = (query["fields"] ?? "email,firstName,lastName").split(separator: ",").map(String.init)
        if let unknown = fields.first(where: { !isField($0) }) {
            return failure("1006", "Field '\(unknown)' not found")
        }
        let tokenPrefix = "leads-\(id)"
        guard let (start, size) = page(query, tokenPrefix, count: list.leads.count) else {
            return failure("1003", "Invalid nextPageToken")
        }
        let repeats = start > 0 && repeatRate > 0 && Double.random(in: 0..<1, using: &random) < repeatRate
        let first = repeats ? start - 1 : start
        var answer = success(
            list.leads[first...].prefix(size).map { lead in
                Dictionary(
                    uniqueKeysWithValues: (["id"] + fields.filter { $0 != "id" }).map {
                        ($0, value(of: $0, lead: lead) ?? NSNull())
                    })
            })
        if first + size < list.leads.count { answer["nextPageToken"] = "\(tokenPrefix):\(first + size)" }
        return answer
    }

    func isField(_ name: String) -> Bool {
        customFields.contains(name) || ["id", "email", "firstName", "lastName"].contains(name)
    }

    /// Nil for a token that this instance did not give out for that.
    private func page(_ query: [String: String], _ prefix: String, count: Int) -> (start: Int, size: Int)? {
        let size = min(300, max(1, Int(query["batchSize"] ?? "300") ?? 300))
        guard let token = query["nextPageToken"] else { return (0, size) }
        guard token.hasPrefix(prefix + ":"), let start = Int(token.dropFirst(prefix.count + 1)), start < count else {
            return nil
        }
        return (start, size)
    }

    private mutating func update(_ body: [UInt8]) -> [String: Any] {
        guard hasWritePermission else { return failure("603", "Access denied") }
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            let input = object["input"] as? [[String: Any]], object["lookupField"] as? String == "id",
            object["action"] as? String == "updateOnly"
        else { return failure("609", "Invalid JSON") }
        guard input.count <= 300 else { return failure("1018", "Max 300 records") }
        largestUpdate = max(largestUpdate, input.count)
        let results = input.enumerated().map { (index, record) -> [String: Any] in
            guard let id = record["id"] as? Int, lists.contains(where: { $0.leads.contains(id) }),
                !missingLeads.contains(id)
            else {
                return ["status": "skipped", "reasons": [["code": "1004", "message": "Lead not found"]]]
            }
            for (field, value) in record where field != "id" {
                guard customFields.contains(field), let text = value as? String else {
                    return [
                        "status": "skipped", "reasons": [["code": "1006", "message": "Field '\(field)' not found"]],
                    ]
                }
                written[id, default: [:]][field] = text
            }
            return ["id": id, "status": "updated"]
        }
        return success(results)
    }

    func success(_ result: [[String: Any]]) -> [String: Any] {
        ["requestId": "e42b#14272d07d78", "success": true, "result": result]
    }

    func failure(_ code: String, _ message: String) -> [String: Any] {
        [
            "requestId": "e42b#14272d07d78", "success": false, "errors": [["code": code, "message": message]],
        ]
    }
}
