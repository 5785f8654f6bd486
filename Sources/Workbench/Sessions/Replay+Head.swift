import Foundation
import Kernel

// What the head of a saved session says: seed, numeric level, inputs, methods, metrics and readers.
extension Replay {
  var recordedSeed: UInt64? {
    for case .program(_, _, let seed) in pins { return seed }
    return nil
  }

  private var recordedLevel: String? {
    for case .program(_, let level, _) in pins { return level }
    return nil
  }

  /// Whether the kernels in use compute the same bits as those of the recording.
  var isSameLevel: Bool {
    guard let text = recordedLevel else { return true }
    return NumericLevel(text)?.hasSameBits(as: .current) ?? (text == "\(NumericLevel.current)")
  }

  /// Takes the numeric level that the file states, where the processor has it and nobody asked for
  /// another.
  mutating func takeRecordedLevel() {
    guard options.takesRecordedLevel, !isSameLevel, let text = recordedLevel,
      let level = NumericLevel(text)
    else { return }
    let here = NumericLevel.current
    guard level.take() else { return }
    report.notes.append("on the recorded numeric level \(level), in place of \(here)")
  }

  mutating func noteVersions() {
    for case .program(let version, let level, _) in pins {
      if version != Basin.version {
        report.notes.append("recorded with basin \(version); this is \(Basin.version)")
      }
      if !isSameLevel {
        report.notes.append(
          "recorded on \(level), this is \(NumericLevel.current): what is not the same to the last "
            + "bit is compared by the tolerance of its metric")
      }
    }
    for case .plugin(let path, let recorded) in pins {
      // That it is not there is found when the script is checked.
      guard let here = (try? PluginFile(path))?.hash.hex, here != recorded else { continue }
      report.notes.append(
        "the plugin `\(path)` is another than when the session was saved: then sha256 "
          + "\(recorded.prefix(16)), now \(here.prefix(16))")
    }
    for case .method(let recorded) in pins {
      let words = recorded.split(separator: " ").map(String.init)
      guard let id = words.first else { continue }
      guard let method = lexicon.method(id) else {
        report.notes.append("recorded with the method \(recorded), which is not here")
        continue
      }
      let here = ConfiguredMethod(method).version
      if here != recorded { report.notes.append("recorded with \(recorded); here it is \(here)") }
    }
    for case .plugged(let recorded) in pins { note(recorded) }
  }

  /// Says where a plugin's metric or reader is another one here, or none.
  private mutating func note(_ recorded: PluggedPart) {
    guard let here = lexicon.version(of: recorded) else {
      report.notes.append("recorded with the \(recorded.text), which is not here")
      return
    }
    if here != recorded.version {
      report.notes.append("recorded with the \(recorded.text); here it is \(here)")
    }
  }

  // MARK: - Inputs

  /// Nothing runs where an input is another file than when the session was saved.
  mutating func checkInputs() throws(Diagnostic) {
    var checked = 0
    for (comment, pin) in zip(script.pins, script.pins.map(SessionPin.init)) {
      do throws(Failure) {
        switch pin {
        case .input(let path, let hash)?: try Self.check(path, hash: hash)
        case .data(let set, let file, let hash)?: try Self.check(file, of: set, hash: hash)
        default: continue
        }
      } catch {
        guard options.updates, error.code == .hashDiffers else {
          throw Diagnostic(error, in: source, at: comment.span)
        }
        report.notes.append("\(error.message): its hash is written anew")
      }
      checked += 1
    }
    if options.checksInputsOnly {
      report.hasRun = false
      report.notes.append("\(Content.counted(checked, "input")) as recorded")
    }
  }

  private static func check(_ path: String, hash: String) throws(Failure) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .fileNotFound, "the input `\(path)` is not here",
        notes: ["put the file there, or change its name in the line that reads it and here"])
    }
    try compare(hash, with: path, "the input `\(path)`")
  }

  /// A file of a known data set, in the folder where the set lies here.
  private static func check(_ file: String, of name: String, hash: String) throws(Failure) {
    guard let set = KnownDataSet(rawValue: name) else {
      throw Failure(
        .fileNotFound, "there is no data set `\(name)`",
        notes: ["data sets with names: " + KnownDataSet.allCases.map(\.name).joined(separator: " ")]
      )
    }
    guard let folder = set.folder() else {
      // Loading says where was searched and what to install.
      _ = try set.load()
      return
    }
    let path = "\(folder)/\(file)"
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .hashDiffers, "`\(name)` lies in `\(folder)` as other files: there is no `\(file)`",
        notes: ["random numbers are named by the hashes of files, so other files give others"])
    }
    try compare(hash, with: path, "`\(file)` of `\(name)`")
  }

  private static func compare(
    _ hash: String, with path: String, _ subject: String
  ) throws(Failure) {
    let actual = try ContentHash(ofFileAt: path).hex
    guard actual == hash else {
      throw Failure(
        .hashDiffers, "\(subject) is another file than when the session was saved",
        notes: ["then sha256 \(hash)", "now  sha256 \(actual)"])
    }
  }
}
