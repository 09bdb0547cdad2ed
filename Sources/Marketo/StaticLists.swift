/// How many records Marketo gives or takes in one call.
let batchSize = 300

extension MarketoClient {
    /// The static lists that the API user can see, in Marketo's order.
    ///
    /// - Parameter name: only lists of exactly this name.
    public func lists(named name: String? = nil) async throws(MarketoError) -> [MarketoList] {
        var lists: [MarketoList] = []
        var page: String?
        repeat {
            var call = Call(method: .get, path: "/rest/v1/lists.json")
            if let name { call.query.append(("name", name)) }
            call.query.append(("batchSize", String(batchSize)))
            if let page { call.query.append(("nextPageToken", page)) }
            let answer = try await answer(to: call, of: StaticListRecord.self)
            lists += (answer.result ?? []).map(\.list)
            if let next = answer.next, next == page {
                throw .answer(call: call.name, reason: "its next page is the page itself")
            }
            page = answer.next
        } while page != nil
        return lists
    }

    /// - Throws: ``MarketoError/listNotFound(_:)``, ``MarketoError/ambiguousList(name:ids:)``.
    public func list(named name: String) async throws(MarketoError) -> MarketoList {
        try only(name, of: try await lists(named: name))
    }

    /// - Throws: ``MarketoError/listNotFound(_:)``.
    public func list(id: Int) async throws(MarketoError) -> MarketoList {
        let call = Call(method: .get, path: "/rest/v1/lists/\(id).json", list: String(id))
        guard let record = try await answer(to: call, of: StaticListRecord.self).result?.first else {
            throw .listNotFound(String(id))
        }
        return record.list
    }

    /// A page of a list's leads.
    func leads(
        of list: Int, fields: [String], page: String?
    ) async throws(MarketoError) -> (leads: [Lead], next: String?) {
        var call = Call(method: .get, path: "/rest/v1/list/\(list)/leads.json", list: String(list))
        call.query = [("fields", fields.joined(separator: ",")), ("batchSize", String(batchSize))]
        if let page { call.query.append(("nextPageToken", page)) }
        let answer = try await answer(to: call, of: Lead.self)
        if let next = answer.next, next == page {
            throw .answer(call: call.name, reason: "its next page is the page itself")
        }
        return (answer.result ?? [], answer.next)
    }
}

private struct StaticListRecord: Decodable, Sendable {
    let id: Int
    let name: String
    let programName: String?
    let workspaceName: String?
    let updatedAt: String?

    var list: MarketoList {
        MarketoList(
            kind: .static, id: id, name: name, programName: programName, workspaceName: workspaceName,
            updatedAt: updatedAt)
    }
}
