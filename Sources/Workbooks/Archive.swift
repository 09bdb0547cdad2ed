#if Spreadsheets
    import CLibZip
    import Files
    import Glibc

    /// The parts of an Office Open XML file: a ZIP archive (ECMA-376 part 2).
    final class Archive {
        private let archive: OpaquePointer
        private let limits: WorkbookLimits

        init(_ path: String, limits: WorkbookLimits) throws(WorkbookError) {
            self.limits = limits
            var code: CInt = 0
            guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
                if code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS {
                    throw .wrongKind(try Self.kind(of: path))
                }
                var error = zip_error_t()
                zip_error_init_with_code(&error, code)
                defer { zip_error_fini(&error) }
                throw .unreadable(reason: String(cString: zip_error_strerror(&error)))
            }
            self.archive = archive
        }

        deinit { zip_discard(archive) }

        private static func kind(of path: String) throws(WorkbookError) -> WorkbookKind {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .unreadable(reason: systemErrorMessage(errno)) }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 8)
            let count = pread(descriptor, &bytes, bytes.count, 0)
            // The header of a compound file (MS-CFB), which `.xls` and encrypted workbooks are.
            return count == 8 && bytes == [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] ? .oldOrEncrypted : .other
        }

        /// What it is when it has no workbook.
        var kind: WorkbookKind {
            if has("xl/workbook.bin") { return .binary }
            if has("mimetype"), has("content.xml") { return .openDocument }
            return .archive
        }

        func has(_ part: String) -> Bool { zip_name_locate(archive, part, 0) >= 0 }

        /// Hands the bytes of a part to the body, piece by piece, until it returns false.
        func part(_ name: String) throws(WorkbookError) -> Part {
            var status = zip_stat_t()
            zip_stat_init(&status)
            guard zip_stat(archive, name, 0, &status) == 0 else {
                throw .damaged(part: name, reason: "it is missing")
            }
            guard status.encryption_method == UInt16(ZIP_EM_NONE) else { throw .wrongKind(.oldOrEncrypted) }
            guard let file = zip_fopen(archive, name, 0) else {
                throw .damaged(part: name, reason: String(cString: zip_strerror(archive)))
            }
            return Part(name: name, file: file, compressed: status.comp_size, archive: self, limits: limits)
        }

        /// One part while it is read.
        final class Part {
            let name: String
            private let file: OpaquePointer
            private let compressed: UInt64
            private let limits: WorkbookLimits
            private var read: UInt64 = 0
            // The file is read through the archive.
            private let archive: Archive

            fileprivate init(
                name: String, file: OpaquePointer, compressed: UInt64, archive: Archive, limits: WorkbookLimits
            ) {
                (self.name, self.file, self.compressed, self.archive) = (name, file, compressed, archive)
                self.limits = limits
            }

            deinit { zip_fclose(file) }

            /// Fills the buffer with the next bytes. Zero at the end.
            func read(into buffer: UnsafeMutableRawBufferPointer) throws(WorkbookError) -> Int {
                let count = zip_fread(file, buffer.baseAddress, zip_uint64_t(buffer.count))
                guard count >= 0 else {
                    throw .damaged(part: name, reason: String(cString: zip_file_strerror(file)))
                }
                read += UInt64(count)
                guard read <= limits.partBytes else {
                    throw .tooLarge(part: name, limit: "\(limits.partBytes >> 20) MiB")
                }
                guard read <= limits.ratioFreeBytes || read / limits.expansionRatio <= compressed else {
                    throw .tooLarge(part: name, limit: "\(limits.expansionRatio) times its compressed size")
                }
                return Int(count)
            }
        }
    }
#endif
