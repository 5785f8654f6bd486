import BuildStamp
import Foundation
import Kernel

/// The modules that a Swift plugin is compiled against: those of the running program.
struct SwiftModules {
  /// Folders for the compiler's `-I`: Swift modules, and the maps of the C modules behind them.
  let folders: [String]

  /// Finds them beside the program: where `make install` puts them, or in the folder of a build.
  ///
  /// - Throws: `noCompiler` where they are nowhere.
  init() throws(Failure) {
    let program = Self.programPath
    let folder = (program as NSString).deletingLastPathComponent
    let installed = (folder as NSString).deletingLastPathComponent + "/lib/basin"
    if FileContent.exists(installed + "/Modules/Kernel.swiftmodule") {
      folders =
        [installed + "/Modules"]
        + Self.cModules.map { "\(installed)/C/\($0)" }
      return
    }
    guard FileContent.exists(folder + "/Modules/Kernel.swiftmodule"),
      let package = Self.package(above: folder)
    else {
      throw Failure(
        .noCompiler, "Basin's own modules, which plugins are compiled against, are not here",
        notes: ["they stand in lib/basin beside bin/basin: `make install` puts them there"])
    }
    folders = [folder + "/Modules"] + Self.cModules.map { "\(package)/Sources/Kernel/\($0)" }
  }

  /// The folders in `Sources/Kernel` that hold the map of a C module; `make install` copies them.
  private static let cModules = ["CBLAS", "CDNN", "CHDF5", "CZlib", "CCrypto", "CVector/include"]

  /// The program that runs, whatever link it was started by.
  private static var programPath: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  /// The folder of the sources that a build folder lies in.
  private static func package(above folder: String) -> String? {
    var place = URL(fileURLWithPath: folder).resolvingSymlinksInPath()
    while place.path != "/" {
      place.deleteLastPathComponent()
      if FileContent.exists(place.path + "/Sources/Kernel/CBLAS/module.modulemap") {
        return place.path
      }
    }
    return nil
  }

  /// The compiler's arguments for them.
  var arguments: [String] { folders.flatMap { ["-I", $0] } }
}

extension BuildStamp {
  /// Compiler and sources of this program in one line, as messages show it.
  static var line: String { "swift \(compiler), sources \(sources)" }
}
