import Consumption
import Distributions
import LinkToken
import Testing

/// What other programs than the command line take from the library.
@Suite struct LinkMintingTests {
    @Test func `links that are minted into a taker are the bytes of the file, however many there are`() async throws {
        let setting = try TestWorkspace()
        let request = try setting.request(try setting.people(3000))
        let (distribution, _) = try await setting.distributions.generate(request, key: setting.key, at: setting.now)
        let minting = try setting.distributions.minting(of: distribution, key: setting.key, at: setting.now)
        var taken: [UInt8] = []
        var pieces = 0
        let counts = try await minting.write { (bytes) in
            taken += bytes
            pieces += 1
        }
        #expect(counts.links == 3000)
        #expect(pieces > 3)
        #expect(try setting.directory.read("links.csv") == taken)

        _ = try await setting.distributions.download(
            distribution.id, uses: DistributionHistory(), key: setting.key,
            output: setting.directory.path("again.csv"), at: setting.now)
        var again: [UInt8] = []
        var layout = SpreadsheetLayout()
        layout.showsTimes = true
        _ = try await setting.distributions.minting(
            of: distribution, layout: layout, uses: DistributionHistory(), key: setting.key, at: setting.now
        ).write { again += $0 }
        #expect(try setting.directory.read("again.csv") == again)
    }

    @Test func `a taker that has gone ends the minting`() async throws {
        struct Gone: Error {}
        let setting = try TestWorkspace()
        let request = try setting.request(try setting.people(5000))
        let (distribution, _) = try await setting.distributions.generate(request, key: setting.key, at: setting.now)
        let minting = try setting.distributions.minting(of: distribution, key: setting.key, at: setting.now)
        var pieces = 0
        await #expect(throws: DistributionsError.self) {
            _ = try await minting.write { _ in
                pieces += 1
                if pieces == 2 { throw Gone() }
            }
        }
        #expect(pieces == 2)
    }

    @Test func `one link is that of the spreadsheet, and can be revoked by its place`() async throws {
        let setting = try TestWorkspace()
        let request = try setting.request(try setting.people(3))
        let (distribution, _) = try await setting.distributions.generate(request, key: setting.key, at: setting.now)
        let contact = try #require(
            try setting.distributions.contact(at: Serial(rawValue: 1), of: distribution.id))
        let minting = try setting.distributions.minting(of: distribution, key: setting.key, at: setting.now)
        let link = try minting.link(of: contact, at: Serial(rawValue: 1))
        #expect(try setting.rows()[1]["Link"] == link)
        var links = try minting.links()
        _ = try links.next()
        #expect(try links.next()?.link == link)
        #expect(try setting.distributions.contact(at: Serial(rawValue: 3), of: distribution.id) == nil)
        let revoked = try setting.distributions.revoke(distribution.id, serials: [Serial(rawValue: 1)], at: setting.now)
        #expect(revoked.revoked == [Serial(rawValue: 1)])
        #expect(throws: DistributionsError.notFound(what: "link", name: "3")) {
            try setting.distributions.revoke(distribution.id, serials: [Serial(rawValue: 3)], at: setting.now)
        }
    }

    @Test func `a check tells every line that can't be taken in, and an import takes the columns as they are mapped`()
        throws
    {
        let setting = try TestWorkspace()
        let text =
            "Email,Who,Plan\na@x.example,w1,gold\nb@x.example,w2,,more\nc@x.example,w1,silver\n,,gold\nd@x.example,w4,\n"
        var file = ContactFile(try setting.directory.write(text, to: "check.csv"), map: ["Who": .contactID])
        let check = try ContactCheck(file)
        #expect(check.problems.first.map(\.line) == [3, 4, 5])
        #expect(check.report.contacts == 2)
        #expect(!check.problems.isCutShort)
        #expect(check.columns.fields == [.contactID: 1, .email: 0])
        file.recognizesHeadings = false
        #expect(try ContactCheck(file).columns.fields == [.contactID: 1])
        #expect(try ContactCheck(file).columns.embeddedNames == ["Email", "Plan"])
        let cut = try ContactCheck(
            ContactFile(try setting.directory.write("Email\na@x\n\"b", to: "cut.csv")))
        #expect(cut.problems.isCutShort && cut.problems.first.map(\.line) == [3])
    }
}
