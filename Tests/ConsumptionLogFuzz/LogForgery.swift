import Consumption
import ConsumptionLog

/// Makes logs whose checksums are right whatever else is wrong with them, for fuzzing what lies behind the checksums.
enum LogForgery {
    /// Takes 24 bytes at a time as a record; unless the first is odd, its checksum is put right.
    static func log(from bytes: some Collection<UInt8>, sealed: UInt8) -> [UInt8] {
        let header = LogHeader(id: LogID(high: 1, low: 2), sealedRecords: UInt64(sealed))
        var log = header.encoded() + Array(bytes)
        var index: UInt64 = 0
        while offset(index + 1) <= log.count {
            let offset = offset(index)
            if log[offset] & 1 == 0 {
                log.withUnsafeMutableBytes { log in
                    RecordCoding.seal(log.baseAddress! + offset, at: index, seed: header.seed)
                }
            }
            index += 1
        }
        return log
    }

    private static func offset(_ index: UInt64) -> Int { LogHeader.size + Int(index) * RecordCoding.size }
}
