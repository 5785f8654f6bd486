// swift-tools-version: 6.0
// Basin: a workbench for permutation invariance and linear mode connectivity.
// Kernel <- Contract <- Plugins <- Workbench; imports run one way.

import PackageDescription

let package = Package(
  name: "basin",
  products: [
    .library(name: "Kernel", targets: ["Kernel"]),
    .library(name: "Plugins", targets: ["Contract", "Plugins"]),
    .executable(name: "basin", targets: ["Workbench"]),
    .executable(name: "basin-bench", targets: ["Bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CBLAS", path: "Sources/Kernel/CBLAS"),
    .systemLibrary(name: "CDNN", path: "Sources/Kernel/CDNN"),
    .systemLibrary(name: "CHDF5", path: "Sources/Kernel/CHDF5"),
    .systemLibrary(name: "CZlib", path: "Sources/Kernel/CZlib"),
    .systemLibrary(name: "CCrypto", path: "Sources/Kernel/CCrypto"),
    .systemLibrary(name: "CReadline", path: "Sources/Workbench/CReadline"),
    .target(name: "CVector", path: "Sources/Kernel/CVector"),
    .target(
      name: "Kernel", dependencies: ["CBLAS", "CDNN", "CHDF5", "CZlib", "CCrypto", "CVector"],
      path: "Sources/Kernel", exclude: ["CBLAS", "CDNN", "CHDF5", "CZlib", "CCrypto", "CVector"]),
    .plugin(name: "StampBuild", capability: .buildTool(), path: "Scripts/BuildStamp"),
    .target(name: "BuildStamp", path: "Sources/Plugins/BuildStamp", plugins: ["StampBuild"]),
    .target(name: "Contract", dependencies: ["Kernel"], path: "Sources/Plugins/Contract"),
    .target(
      name: "Plugins", dependencies: ["Contract", "Kernel"],
      path: "Sources/Plugins", exclude: ["BuildStamp", "Contract"]),
    .executableTarget(
      name: "Workbench",
      dependencies: [
        "Kernel", "Contract", "Plugins", "BuildStamp", "CReadline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Workbench", exclude: ["CReadline"],
      resources: [.embedInCode("Loading/Embedded")],
      // Plugins share the program's one Kernel: a copy of their own would have types of its own.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"])]),
    .executableTarget(
      name: "Bench",
      dependencies: [
        "Kernel", "Contract", "Plugins",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "benchmarks/Bench"),
    .target(
      name: "TestSupport", dependencies: ["Kernel", "Contract"], path: "Tests/Support"),
    .testTarget(name: "KernelTests", dependencies: ["Kernel", "TestSupport"]),
    .testTarget(
      name: "PluginsTests", dependencies: ["Plugins", "Contract", "Kernel", "TestSupport"]),
    .testTarget(name: "WorkbenchTests", dependencies: ["Workbench", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
