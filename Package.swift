// swift-tools-version: 6.2

import PackageDescription

/// Without it each call of a function that may wait asks anew, under a lock, where the task is to run.
let nonisolatedNonsending: [SwiftSetting] = [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

/// What `linkseal --version` says. The build is told, and does not ask git: a copy of the sources, as in an image, has no
/// history, and SwiftPM would not notice that a commit was made.
let commit = (Context.environment["LINKSEAL_COMMIT"] ?? "").filter { $0.isASCII && $0.isHexDigit }

let package = Package(
    name: "linkseal",
    products: [
        .executable(name: "linkseal", targets: ["linkseal"]),
        .library(name: "LinkToken", targets: ["LinkToken"]),
    ],
    traits: [
        .trait(name: "PostgreSQL", description: "The consumption store of more than one machine. Needs libpq-dev."),
        .trait(
            name: "Spreadsheets", description: "Excel workbooks. Needs libexpat1-dev, libxlsxwriter-dev, libzip-dev."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenSSL",
            pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]
        ),
        .target(name: "Encoding"),
        .target(name: "Files"),
        .target(
            name: "CBuildInfo",
            cSettings: commit.isEmpty ? [] : [.define("LINKSEAL_COMMIT", to: "\"\(commit)\"")]),
        .target(name: "Cryptography", dependencies: ["COpenSSL", "Encoding", "Files"]),
        .target(
            name: "Fetching",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(name: "LinkToken", dependencies: ["Cryptography", "Encoding", "Files"]),
        .target(name: "Trust", dependencies: ["LinkToken", "Cryptography", "Encoding", "Files"]),
        .target(name: "Consumption", dependencies: ["Files", "LinkToken"], swiftSettings: nonisolatedNonsending),
        .target(
            name: "ConsumptionLog", dependencies: ["Consumption", "LinkToken", "CGlibc", "Encoding", "Files"],
            swiftSettings: nonisolatedNonsending),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "ConsumptionPostgres",
            dependencies: [
                "Consumption", "LinkToken", .target(name: "CLibPQ", condition: .when(traits: ["PostgreSQL"])),
            ],
            swiftSettings: nonisolatedNonsending),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CLibZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "CXLSXWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        .target(
            name: "Workbooks",
            dependencies: [
                "Files",
                .target(name: "CExpat", condition: .when(traits: ["Spreadsheets"])),
                .target(name: "CLibZip", condition: .when(traits: ["Spreadsheets"])),
                .target(name: "CXLSXWriter", condition: .when(traits: ["Spreadsheets"])),
            ]),
        .target(
            name: "Distributions",
            dependencies: [
                "Cryptography", "Encoding", "Files", "LinkToken", "Trust", "Consumption", "ConsumptionLog", "Workbooks",
            ]),
        .target(
            name: "HTTPServer",
            dependencies: [
                "Encoding", "Files",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: nonisolatedNonsending
        ),
        .target(
            name: "BundleFollowing",
            dependencies: [
                "Cryptography", "Fetching", "Files", "LinkToken", "Trust",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: nonisolatedNonsending
        ),
        .target(
            name: "EdgeService",
            dependencies: [
                "BundleFollowing", "CBuildInfo", "Consumption", "ConsumptionLog", "Cryptography", "Encoding", "Files",
                "HTTPServer",
                "LinkToken", "Trust",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Resources/openapi.json"),
                .embedInCode("Resources/style.css"),
            ],
            swiftSettings: nonisolatedNonsending
        ),
        .target(
            name: "Marketo",
            dependencies: [
                "Cryptography", "Distributions", "Encoding", "Fetching", "Files", "LinkToken", "Trust",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .target(
            name: "AdminConsole",
            dependencies: [
                "Consumption", "ConsumptionLog", "Cryptography", "Distributions", "Encoding", "Fetching", "Files",
                "LinkToken", "Trust",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Resources/add.mustache"),
                .embedInCode("Resources/added.mustache"),
                .embedInCode("Resources/audit.mustache"),
                .embedInCode("Resources/contact.mustache"),
                .embedInCode("Resources/console.css"),
                .embedInCode("Resources/console.js"),
                .embedInCode("Resources/deletion.mustache"),
                .embedInCode("Resources/distribution.mustache"),
                .embedInCode("Resources/distributions.mustache"),
                .embedInCode("Resources/edit.mustache"),
                .embedInCode("Resources/ending.mustache"),
                .embedInCode("Resources/expiration.mustache"),
                .embedInCode("Resources/erasure.mustache"),
                .embedInCode("Resources/generate.mustache"),
                .embedInCode("Resources/icon.svg"),
                .embedInCode("Resources/job.mustache"),
                .embedInCode("Resources/keys.mustache"),
                .embedInCode("Resources/layout.mustache"),
                .embedInCode("Resources/link.mustache"),
                .embedInCode("Resources/link_change.mustache"),
                .embedInCode("Resources/list.mustache"),
                .embedInCode("Resources/list_removal.mustache"),
                .embedInCode("Resources/lists.mustache"),
                .embedInCode("Resources/merge.mustache"),
                .embedInCode("Resources/paging.mustache"),
                .embedInCode("Resources/problem.mustache"),
                .embedInCode("Resources/sample_survey.mustache"),
                .embedInCode("Resources/settings.mustache"),
                .embedInCode("Resources/removal.mustache"),
                .embedInCode("Resources/rotation.mustache"),
                .embedInCode("Resources/sessions.mustache"),
                .embedInCode("Resources/qr_sheet.mustache"),
                .embedInCode("Resources/remind.mustache"),
                .embedInCode("Resources/result.mustache"),
                .embedInCode("Resources/results.mustache"),
                .embedInCode("Resources/sign_in.mustache"),
                .embedInCode("Resources/signed_in.mustache"),
                .embedInCode("Resources/source.mustache"),
                .embedInCode("Resources/unsent.mustache"),
                .embedInCode("Resources/test_link.mustache"),
                .embedInCode("Resources/upload.mustache"),
            ]
        ),
        .systemLibrary(name: "CGlibc"),
        .executableTarget(
            name: "linkseal",
            dependencies: [
                "AdminConsole", "CGlibc", "Consumption", "Cryptography", "LinkToken", "Trust", "ConsumptionLog",
                "ConsumptionPostgres",
                "BundleFollowing", "Distributions", "EdgeService", "Encoding", "Fetching", "Files", "HTTPServer",
                "Marketo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .target(
            name: "BrowserDriver",
            dependencies: [
                "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
            ],
            path: "Tests/BrowserDriver"),
        .testTarget(
            name: "BrowserTests",
            dependencies: [
                "BrowserDriver", "EdgeService", "Glewlwyd", "MarketoStandIn", "TestSupport", "linkseal",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "EncodingTests", dependencies: ["Encoding", "TestSupport"]),
        .testTarget(name: "FilesTests", dependencies: ["Files"]),
        .testTarget(name: "ConsumptionTests", dependencies: ["Consumption"]),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "Files", "HTTPServer", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .target(name: "AddressBook", dependencies: ["Distributions", "LinkToken"], path: "Tests/AddressBook"),
        .target(
            name: "Glewlwyd", dependencies: ["TestSupport"], path: "Tests/Glewlwyd", exclude: ["glewlwyd.py"]),
        .testTarget(
            name: "AdminConsoleTests",
            dependencies: [
                "AddressBook", "AdminConsole", "Consumption", "ConsumptionLog", "Cryptography", "Distributions",
                "Encoding", "Files", "Glewlwyd", "LinkToken",
                "Marketo",
                "MarketoStandIn", "TestSupport", "Trust",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "SignatureComparison", dependencies: ["Cryptography", "COpenSSL", "Encoding"],
            path: "Tests/SignatureComparison"),
        .testTarget(
            name: "CryptographyTests",
            dependencies: ["Cryptography", "Encoding", "SignatureComparison", "TestSupport"],
            exclude: ["Vectors"]),
        .executableTarget(
            name: "SignatureFuzz", dependencies: ["SignatureComparison", "Cryptography", "TestSupport"],
            path: "Tests/SignatureFuzz"),
        .testTarget(
            name: "LinkTokenTests", dependencies: ["LinkToken", "Cryptography", "Encoding", "TestSupport"],
            exclude: ["Vectors"]),
        .target(
            name: "ConsumptionModel",
            dependencies: ["Consumption", "ConsumptionLog", "Files", "LinkToken", "TestSupport"],
            path: "Tests/ConsumptionModel"),
        .executableTarget(
            name: "ConsumptionLogHammer", dependencies: ["Consumption", "ConsumptionLog", "LinkToken"],
            path: "Tests/ConsumptionLogHammer", exclude: ["tsan-suppressions"]),
        .testTarget(
            name: "ConsumptionLogTests",
            dependencies: [
                "Consumption", "ConsumptionLog", "ConsumptionModel", "ConsumptionLogHammer", "Files", "LinkToken",
                "TestSupport",
            ]),
        .executableTarget(
            name: "ConsumptionLogBenchmarks", dependencies: ["Consumption", "ConsumptionLog", "LinkToken"],
            path: "Tests/ConsumptionLogBenchmarks"),
        .executableTarget(
            name: "ConsumptionLogFuzz",
            dependencies: ["Consumption", "ConsumptionLog", "ConsumptionModel", "LinkToken"],
            path: "Tests/ConsumptionLogFuzz"),
        .target(name: "PostgresCluster", path: "Tests/PostgresCluster"),
        .executableTarget(
            name: "ConsumptionPostgresWorker",
            dependencies: [
                "ConsumptionPostgres", "Consumption", "ConsumptionLog", "ConsumptionModel", "LinkToken", "TestSupport",
            ],
            path: "Tests/ConsumptionPostgresWorker"),
        .testTarget(
            name: "ConsumptionPostgresTests",
            dependencies: [
                "ConsumptionPostgres", "Consumption", "ConsumptionLog", "ConsumptionModel", "LinkToken",
                "PostgresCluster",
                "ConsumptionPostgresWorker", "TestSupport", "linkseal",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "ConsumptionPostgresBenchmarks",
            dependencies: ["ConsumptionPostgres", "Consumption", "ConsumptionLog", "LinkToken", "PostgresCluster"],
            path: "Tests/ConsumptionPostgresBenchmarks"),
        .target(
            name: "MarketoStandIn",
            dependencies: [
                "Cryptography", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/MarketoStandIn"),
        .testTarget(
            name: "MarketoTests",
            dependencies: [
                "Marketo", "MarketoStandIn", "Distributions", "LinkToken", "Cryptography", "TestSupport", "linkseal",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        .testTarget(
            name: "DistributionsTests",
            dependencies: [
                "Distributions", "LinkToken", "Trust", "Cryptography", "Consumption", "ConsumptionLog", "Files",
                "TestSupport", "Workbooks",
            ], exclude: ["Exports"]),
        .testTarget(
            name: "WorkbooksTests", dependencies: ["Workbooks", "TestSupport"], exclude: ["make_workbooks.py"]),
        .executableTarget(
            name: "MintingBenchmarks", dependencies: ["Distributions", "LinkToken", "Trust", "Cryptography"],
            path: "Tests/MintingBenchmarks"),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "linkseal", "Consumption", "ConsumptionLog", "Cryptography", "Distributions", "Encoding", "LinkToken",
                "TestSupport", "Trust",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .testTarget(
            name: "TrustTests", dependencies: ["Trust", "LinkToken", "Cryptography", "KeyringHammer", "TestSupport"],
            exclude: ["Vectors"]),
        .executableTarget(
            name: "KeyringHammer", dependencies: ["Trust", "LinkToken", "Cryptography", "TestSupport"],
            path: "Tests/KeyringHammer"),
        .executableTarget(
            name: "BundleBenchmarks", dependencies: ["Trust", "LinkToken", "Cryptography"],
            path: "Tests/BundleBenchmarks"),
        .testTarget(name: "KeyScriptsTests", dependencies: ["linkseal", "TestSupport"]),
        .testTarget(
            name: "BundleFollowingTests",
            dependencies: [
                "BundleFollowing", "EdgeService", "Encoding", "Fetching", "Trust", "LinkToken", "Cryptography",
                "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "EdgeServiceTests",
            dependencies: [
                "BundleFollowing", "ConsumptionLog", "Cryptography", "EdgeService", "Encoding", "Files", "HTTPServer",
                "LinkToken", "TestSupport", "Trust", "Consumption",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], exclude: ["linkify.py", "run-schemathesis", "schemathesis.toml"]),
        .executableTarget(
            name: "EdgeBenchmarks",
            dependencies: [
                "BundleFollowing", "ConsumptionLog", "EdgeService", "HTTPServer", "Trust", "LinkToken", "Cryptography",
                "Consumption",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/EdgeBenchmarks", exclude: ["load.lua"]),
        .executableTarget(
            name: "WorkbookFuzz",
            dependencies: [
                "Workbooks", .target(name: "CLibZip", condition: .when(traits: ["Spreadsheets"])),
            ], path: "Tests/WorkbookFuzz"),
        .executableTarget(
            name: "TokenFuzz", dependencies: ["LinkToken", "Cryptography", "Encoding"], path: "Tests/TokenFuzz"),
        .executableTarget(
            name: "TokenBenchmarks", dependencies: ["LinkToken", "Cryptography"], path: "Tests/TokenBenchmarks"),
    ],
    swiftLanguageModes: [.v6]
)
