#if PostgreSQL
    /// A parameter of a statement in PostgreSQL's binary format. Every value of the store is a `bigint`.
    enum StatementParameter: Sendable {
        case number(Int64)
        case numbers([Int64])

        /// The object ID of the type, which every engine with PostgreSQL's protocol shares (`pg_type.dat`).
        var type: UInt32 {
            switch self {
            case .number: 20
            case .numbers: 1016
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .number(let number): Self.encode(number)
            case .numbers(let numbers): Self.encode(numbers)
            }
        }

        private static func encode(_ number: Int64) -> [UInt8] {
            withUnsafeBytes(of: number.bigEndian) { Array($0) }
        }

        /// The layout of `array_send` (`arrayfuncs.c`): dimensions, whether there are nulls, the type, then per dimension its
        /// count and lower bound, then each element with its length.
        private static func encode(_ numbers: [Int64]) -> [UInt8] {
            let (head, element) = (20, 12)
            return Array(unsafeUninitializedCapacity: head + element * numbers.count) { buffer, count in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                for (index, field) in [1, 0, 20, Int32(numbers.count), 1].enumerated() {
                    bytes.storeBytes(of: field.bigEndian, toByteOffset: 4 * index, as: Int32.self)
                }
                var offset = head
                for number in numbers {
                    bytes.storeBytes(of: Int32(8).bigEndian, toByteOffset: offset, as: Int32.self)
                    bytes.storeBytes(of: number.bigEndian, toByteOffset: offset + 4, as: Int64.self)
                    offset += element
                }
                count = offset
            }
        }
    }
#endif
