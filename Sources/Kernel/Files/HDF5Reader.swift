internal import CHDF5
import Glibc

/// Reads the arrays and texts of an HDF5 file.
///
/// The library reads in a process of its own (`CHDF5/reading.h`) and passes on records; what they
/// claim is believed no more than what a file claims. Links to other files, virtual and external
/// arrays are not followed.
struct HDF5Reader {
  /// What is read from a file.
  struct Content {
    var arrays: [NamedArray] = []
    var metadata = Metadata()
    /// Names of things that are no arrays of numbers, with what they are.
    var skipped: [String] = []
  }

  private let source: String
  private let group: String
  private var records: HDF5Records
  private let ending: HDF5Ending
  private var content = Content()

  /// The arrays and texts under a group of the file at `path`.
  ///
  /// - Parameters:
  ///   - group: Such as `nets/1`; empty for the whole file. Names are relative to it.
  ///   - room: The most bytes that its arrays may take together.
  ///   - stop: Ends the reading; nothing is given then.
  static func read(
    _ path: String, group: String = "", room: Int = min(FileContent.sizeLimit, Memory.limit),
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> Content {
    // The plain checks give plain sentences: no file, a folder, no permission.
    let size = try FileContent.size(of: path)
    let group = group.split(separator: "/").joined(separator: "/")
    let (records, ending) = try readApart(
      path, group: group, size: size, room: room, stop: stop)
    var reader = HDF5Reader(source: path, group: group, records: records, ending: ending)
    return try reader.gather(stop)
  }

  /// Has the library read the file in a process of its own.
  private static func readApart(
    _ path: String, group: String, size: Int, room: Int, stop: StopSignal
  ) throws(Failure) -> (HDF5Records, HDF5Ending) {
    // 5 s and 2 GiB for the library and what else the file holds; each array adds its own.
    let limits = basin_h5_limits(
      seconds: UInt64(5 + size / basin_h5_unpacking_speed), memory: UInt64(2 << 30 + size),
      room: UInt64(room))
    var apart = basin_h5_apart()
    try HDF5Library.use { () throws(Failure) in
      apart = basin_h5_begin_apart(path, group, UInt64(size), limits)
    }
    // A small file is through in a few milliseconds; longer ones are asked for less often.
    var pause: UInt32 = 100
    while true {
      if stop.isRaised {
        basin_h5_abandon(&apart)
        throw Failure(.stopped, "reading `\(path)` was stopped")
      }
      if basin_h5_has_ended(&apart, 0) != 0 { break }
      usleep(pause)
      pause = min(pause + pause / 4, 20_000)
    }
    guard let records = HDF5Records(owning: apart.records) else {
      throw Failure(
        .outOfMemory, "`\(path)` cannot be read: the system gives no process or memory for it")
    }
    return (records, HDF5Ending(signal: apart.signal, status: apart.status))
  }

  private init(
    source: String, group: String, records: consuming HDF5Records, ending: HDF5Ending
  ) {
    self.source = source
    self.group = group
    self.records = records
    self.ending = ending
  }

  // MARK: - Records

  private mutating func gather(_ stop: StopSignal) throws(Failure) -> Content {
    while let letter = records.letter() {
      if stop.isRaised { throw Failure(.stopped, "reading `\(source)` was stopped") }
      if letter == "Z" { return content }
      guard try take(letter) else { break }
    }
    throw ending.failure(reading: source)
  }

  /// Takes one record; false where it is none.
  private mutating func take(_ letter: Character) throws(Failure) -> Bool {
    switch letter {
    case "A":
      guard let array = array() else { return false }
      content.arrays.append(array)
    case "N":
      guard let array = array() else { return false }
      content.metadata[array.name] = try text(array)
    case "T":
      guard let path = records.text(), let text = records.text() else { return false }
      content.metadata[path] = text
    case "S":
      guard let path = records.text(), let reason = records.text() else { return false }
      content.skipped.append("\(path) (\(reason))")
    default:
      if let failure = failure(letter) { throw failure }
      return false
    }
    return true
  }

  private mutating func array() -> NamedArray? {
    guard let path = records.text(), let type = records.number().flatMap(HDF5Types.elementType),
      let rank = records.number(), rank <= 32
    else { return nil }
    var shape: [Int] = []
    for _ in 0..<rank {
      guard let extent = records.number() else { return nil }
      shape.append(Int(clamping: extent))
    }
    guard let bytes = records.octets() else { return nil }
    return NamedArray(name: path, shape: shape, type: type, bytes: bytes)
  }

  /// An attribute of numbers as text: `7`, or `[0.5, 0.25]`.
  private func text(_ array: NamedArray) throws(Failure) -> String? {
    let numbers =
      array.type.isReal
      ? array.doubles.map { "\($0)" } : try array.integers().map(String.init)
    return array.shape.isEmpty ? numbers.first : "[" + numbers.joined(separator: ", ") + "]"
  }

  /// The failure that a record tells of; nil where it tells of none.
  private mutating func failure(_ letter: Character) -> Failure? {
    guard let subject = records.text() else { return nil }
    switch letter {
    case "O":
      return Failure(
        .fileMalformed, "`\(source)` is no HDF5 file, or is damaged or cut short",
        notes: Self.note(subject))
    case "G":
      return Failure(
        .fileMalformed, "`\(source)` holds no `\(group)`", notes: Self.note(subject))
    case "D":
      guard let reason = records.text() else { return nil }
      return Failure(
        .fileMalformed, "`\(source)` is damaged or cut short at \(subject)",
        notes: Self.note(reason))
    case "M":
      guard let reason = records.text() else { return nil }
      return Failure(
        .outOfMemory, "`\(source)` cannot be read: the system gives no memory for \(subject)",
        notes: ["a damaged file can ask for too much"] + (reason.isEmpty ? [] : Self.note(reason)))
    case "L":
      guard let wanted = records.number(), let room = records.number() else { return nil }
      return Failure(
        .outOfMemory,
        "the arrays of `\(source)` up to `\(subject)` take \(Memory.text(Int(clamping: wanted))), "
          + "and at most \(Memory.text(Int(clamping: room))) are read at once",
        notes: ["a part of a file is read by its place: FILE.h5:/GROUP"])
    case "U":
      guard let why = records.text() else { return nil }
      return Failure(.unsupportedFormat, "`\(source)` array `\(subject)` \(why)")
    case "C":
      guard let claimed = records.number(), let held = records.number() else { return nil }
      return Failure(
        .fileMalformed,
        "`\(source)` array `\(subject)` claims \(claimed) bytes, and the file holds \(held) for it")
    default:
      return nil
    }
  }

  private static func note(_ reason: String) -> [String] {
    ["HDF5: \(reason.isEmpty ? "no reason was given" : reason)"]
  }
}
