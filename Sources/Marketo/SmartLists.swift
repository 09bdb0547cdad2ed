extension MarketoClient {
    /// How many assets Marketo gives in one call at most.
    private static let assetBatchSize = 200

    /// The smart lists that people made and the API user can see, in Marketo's order.
    public func smartLists() async throws(MarketoError) -> [MarketoList] {
        var lists: [MarketoList] = []
        while true {
            var call = Call(method: .get, path: "/rest/asset/v1/smartLists.json")
            call.query = [("maxReturn", String(Self.assetBatchSize)), ("offset", String(lists.count))]
            // Past the last one there is a warning and no result.
            let records = try await answer(to: call, of: SmartListRecord.self).result ?? []
            lists += records.map(\.list)
            guard records.count == Self.assetBatchSize else { return lists }
        }
    }

    /// - Throws: ``MarketoError/listNotFound(_:)``, ``MarketoError/ambiguousList(name:ids:)``.
    public func smartList(named name: String) async throws(MarketoError) -> MarketoList {
        var call = Call(method: .get, path: "/rest/asset/v1/smartList/byName.json", list: "\"\(name)\"")
        call.query = [("name", name)]
        return try only(name, of: try await answer(to: call, of: SmartListRecord.self).result?.map(\.list) ?? [])
    }

    /// - Throws: ``MarketoError/listNotFound(_:)``.
    public func smartList(id: Int) async throws(MarketoError) -> MarketoList {
        let call = Call(method: .get, path: "/rest/asset/v1/smartList/\(id).json", list: String(id))
        guard let record = try await answer(to: call, of: SmartListRecord.self).result?.first else {
            throw .listNotFound(String(id))
        }
        return record.list
    }
}

private struct SmartListRecord: Decodable, Sendable {
    let id: Int
    let name: String
    let workspace: String?
    let updatedAt: String?

    var list: MarketoList {
        MarketoList(
            kind: .smart, id: id, name: name, programName: nil, workspaceName: workspace, updatedAt: updatedAt)
    }
}
