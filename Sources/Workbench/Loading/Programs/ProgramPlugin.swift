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
  /// - Parameters:
  ///   - hash: What the file held when it was looked at; what it holds now where that is `nil`.
  ///   - isStopped: Ends the wait for the program's first words.
  /// - Throws: `fileNotFound`, `stopped`; `pluginEnded` or `pluginMisbehaved` where it does not begin
  ///   with a card, or is another than its hash says.
  static func load(
    _ path: String, hash: ContentHash? = nil, limits: ProgramLimits = ProgramLimits(),
    isStopped: () -> Bool = { false }
  ) throws(Failure) -> Plugin {
    let command = try command(for: path)
    let file = URL(fileURLWithPath: path).path
    let known: ContentHash
    if let hash { known = hash } else { known = try ContentHash(ofFileAt: file) }
    let pool = try ProgramPool(
      command, file: file, hash: known, limits: limits, isStopped: isStopped)
    pool.takeThePlaceOfOthers()
    let card = pool.card
    return Plugin(
      methods: card.methods.map { card in
        SearchMethod(card: card) { settings in
          ProgramSearcher(pool: pool, card: card, settings: settings)
        }
      },
      metrics: card.metrics.map { card in
        PredictionMetric(card: card) { logits, labels, stop throws(Failure) in
          try pool.value(of: card.id, logits: logits, labels: labels, stop: stop)
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
  /// environment says otherwise, and the kernels of this program's numeric level: the same search
  /// then gives the same bits on the same level with the same numpy.
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
    environment[Self.blasCoreVariable] = NumericLevel.current.kernels
  }

  /// What chooses the kernels of an OpenBLAS, numpy's and our own.
  static let blasCoreVariable = "OPENBLAS_CORETYPE"
}
