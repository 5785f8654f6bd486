import Contract
import Foundation
import Glibc
import Kernel

/// A plugin that is a program of its own and speaks the plugin protocol on its standard streams.
///
/// Documentation/plugin-protocol.md describes the protocol.
enum ProgramPlugin {
  /// Starts the program of a plugin and has it say what it brings.
  ///
  /// A Python script (`.py`) is run by the interpreter of `PythonInterpreter`, any other file by
  /// itself. The process is kept for the first request.
  ///
  /// - Parameter isStopped: Ends the wait for the program's first words.
  /// - Throws: `fileNotFound`, `stopped`; `pluginEnded` or `pluginMisbehaved` where it does not begin with a
  ///   card.
  static func load(
    _ path: String, limits: ProgramLimits = ProgramLimits(), isStopped: () -> Bool = { false }
  ) throws(Failure) -> Plugin {
    let pool = try ProgramPool(try command(for: path), limits: limits, isStopped: isStopped)
    let card = pool.card
    return Plugin(
      methods: card.methods.map { card in
        SearchMethod(card: card) { settings in
          ProgramSearcher(pool: pool, card: card, settings: settings)
        }
      },
      metrics: card.metrics.map { card in
        PredictionMetric(card: card) { logits, labels throws(Failure) in
          try pool.value(of: card.id, logits: logits, labels: labels)
        }
      },
      readers: card.readers.map { card in
        DataReader(card: card) { path, stop throws(Failure) in
          try pool.read(path, by: card.id, stop: stop)
        }
      })
  }

  /// How the program in a file is started.
  static func command(for path: String) throws(Failure) -> ProgramCommand {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard FileContent.exists(path) else {
      throw Failure(.fileNotFound, "there is no file `\(path)`")
    }
    let whole = URL(fileURLWithPath: path).path
    if name.lowercased().hasSuffix(".py") {
      return ProgramCommand(
        name: name, words: [try PythonInterpreter.path(for: name), whole], environment: [:])
    }
    guard access(whole, X_OK) == 0 else {
      throw Failure(
        .pluginMisbehaved, "`\(name)` is no program that can be run",
        notes: ["make it executable (`chmod +x`), or name a Swift file or a Python script (.py)"])
    }
    return ProgramCommand(name: name, words: [whole], environment: [:])
  }
}

extension ProgramCommand {
  /// Puts the Python module into a folder, and the folder where Python looks for modules.
  ///
  /// One thread for numpy's products and one order for sets of texts, unless the person's own
  /// environment says otherwise: the same search then gives the same bits on any machine.
  mutating func addPythonModule(in folder: PrivateFolder) throws(Failure) {
    let own = ProcessInfo.processInfo.environment
    try SafeWrite.text(EmbeddedText.pythonModule, to: folder.file("basin_plugin.py"))
    environment["PYTHONPATH"] = folder.path + (own["PYTHONPATH"].map { ":" + $0 } ?? "")
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONUNBUFFERED"] = "1"
    environment["PYTHONIOENCODING"] = "utf-8"
    let usual = [
      "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
      "MKL_NUM_THREADS": "1",
    ]
    for (name, value) in usual where own[name] == nil { environment[name] = value }
  }
}
