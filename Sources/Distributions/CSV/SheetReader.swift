import Glibc
import Workbooks

/// Reads a sheet of an Excel workbook as the rows of a table. Cells that the sheet leaves out are empty, and all rows are as
/// long as the first: a workbook does not say where a row ends.
final class SheetReader {
    #if Spreadsheets
        private static let sampleCount = 200

        private let name: String
        private var reader: WorkbookReader
        /// Rows that were read and not yet given.
        private var ahead: [CSVRow] = []
        private var given = 0
        private var width = 0
        /// Why the sheet could not be read on. The rows before are given first.
        private var failure: DistributionsError?

        /// Nil for an archive that holds no workbook.
        init?(_ path: String, name: String, sheet: String?) throws(DistributionsError) {
            self.name = name
            let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
            do throws(WorkbookError) {
                reader = try WorkbookReader(
                    path, sheet: sheet, scratchDirectory: temporary.isEmpty ? "/tmp" : temporary)
            } catch {
                if case .wrongKind = error { return nil }
                throw .workbook(file: name, fault: error)
            }
            while ahead.count <= Self.sampleCount, let row = next() { ahead.append(row) }
        }

        private func next() -> CSVRow? {
            guard failure == nil else { return nil }
            do throws(WorkbookError) {
                guard let found = try reader.next() else { return nil }
                var row = CSVRow(line: found.number, bytes: found.bytes, ends: found.ends)
                if width == 0 { width = row.count }
                if row.count < width { row.pad(to: width) }
                return row
            } catch {
                failure = .workbook(file: name, fault: error)
                return nil
            }
        }

        func read(into row: inout CSVRow) throws(DistributionsError) -> Bool {
            if given < ahead.count {
                row = ahead[given]
                given += 1
                return true
            }
            ahead = []
            given = 0
            if let next = next() {
                row = next
                return true
            }
            if let failure { throw failure }
            return false
        }

        func sample(rows limit: Int) -> [CSVRow] { Array(ahead[given...].prefix(limit)) }
    #else
        init?(_ path: String, name: String, sheet: String?) throws(DistributionsError) {
            if sheet != nil { throw .withoutWorkbooks(file: name) }
            return nil
        }

        func read(into row: inout CSVRow) throws(DistributionsError) -> Bool { false }
        func sample(rows limit: Int) -> [CSVRow] { [] }
    #endif
}
