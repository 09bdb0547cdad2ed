import TestSupport
import Testing

@testable import Distributions

@Suite struct ContactCorpusTests {
    let directory = TemporaryDirectory()

    @Test(arguments: ContactSample.all)
    func `contact files are read as their programs meant them`(sample: ContactSample) throws {
        var file = ContactFile(try directory.write(sample.bytes, to: "people.csv"), name: "people.csv", map: sample.map)
        file.hasHeadings = sample.hasHeadings
        file.skipsOptedOut = sample.skipsOptedOut
        file.encoding = sample.encoding
        do throws(DistributionsError) {
            let check = try ContactCheck(file, preview: 100)
            #expect(sample.refusal == nil)
            #expect(check.firstContacts.map { Self.text(of: $0, check.columns.embeddedNames) } == sample.contacts)
            #expect(check.report.warnings.map(\.description) == sample.warnings)
            #expect(check.problems.first.map(\.description) == sample.problems)
        } catch {
            let refusal = sample.refusal ?? ""
            #expect(error.description == "people.csv" + (refusal.hasPrefix("line ") ? ", " : ": ") + refusal)
        }
    }

    @Test func `names of samples are distinct`() {
        #expect(Set(ContactSample.all.map(\.name)).count == ContactSample.all.count)
    }

    private static func text(of contact: Contact, _ names: [String]) -> String {
        var cells = ContactField.allCases.map { contact[$0] }
        if cells[0].isEmpty { cells[0] = "*" }
        while cells.last == "" { cells.removeLast() }
        let data = zip(names, contact.embeddedData).filter { !$0.1.isEmpty }.map { " · \($0.0)=\($0.1)" }
        return cells.joined(separator: "|") + data.joined()
    }
}
