/// What the header of an npy file says: a Python dictionary with three keys.
struct NPYHeader {
  let type: ElementType
  let isBigEndian: Bool
  let order: NPY.Order
  let shape: [Int]

  /// Reads the dictionary `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
  init(_ text: ArraySlice<UInt8>, source: String) throws(Failure) {
    var parser = PythonLiteralParser(bytes: Array(text), source: source)
    let members = try parser.dictionary()
    guard members.count == 3 else { throw parser.fault("it has \(members.count) keys, not 3") }
    guard let descr = members["descr"], let fortran = members["fortran_order"],
      case .boolean(let isFortran) = fortran, let extents = members["shape"],
      case .tuple(let shape) = extents
    else { throw parser.fault("`descr`, `fortran_order` and `shape` are expected") }
    guard case .text(let code) = descr else {
      throw Failure(
        .unsupportedFormat, "`\(source)` holds records with named fields",
        notes: ["arrays of numbers are read"])
    }
    // 64: numpy's own bound on the number of axes.
    guard shape.count <= 64 else { throw parser.fault("its array has \(shape.count) axes") }
    (type, isBigEndian) = try Self.decode(code, source: source)
    order = isFortran ? .columnMajor : .rowMajor
    self.shape = shape
  }

  /// numpy's name for a type, little-endian.
  static func code(of type: ElementType) -> String {
    switch type {
    case .bool: "|b1"
    case .u8: "|u1"
    case .i8: "|i1"
    case .u16: "<u2"
    case .u32: "<u4"
    case .u64: "<u8"
    case .i16: "<i2"
    case .i32: "<i4"
    case .i64: "<i8"
    case .f16: "<f2"
    case .f32, .bf16: "<f4"
    case .f64: "<f8"
    }
  }

  private static func decode(
    _ code: String, source: String
  ) throws(Failure) -> (ElementType, isBigEndian: Bool) {
    let kind = code.dropFirst()
    let type = ElementType.allCases.first { $0 != .bf16 && Self.code(of: $0).dropFirst() == kind }
    guard let order = code.first, "<>|=".contains(order), let type else {
      throw Failure(
        .unsupportedFormat, "`\(source)` holds elements of numpy's type `\(code)`",
        notes: ["truth values, integers and reals of 16, 32 and 64 bits are read"])
    }
    return (type, order == ">")
  }
}

/// As much of Python's literals as an npy header uses.
private struct PythonLiteralParser {
  enum Value {
    case text(String)
    case boolean(Bool)
    case tuple([Int])
    /// Something balanced in brackets that is read over.
    case other
  }

  let bytes: [UInt8]
  let source: String
  private var position = 0

  init(bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  func fault(_ what: String) -> Failure {
    Failure(.fileMalformed, "`\(source)` has a damaged npy header: \(what)")
  }

  mutating func dictionary() throws(Failure) -> [String: Value] {
    var members: [String: Value] = [:]
    guard accept("{") else { throw fault("it is no dictionary") }
    while !accept("}") {
      let name = try text()
      guard accept(":") else { throw fault("`:` is missing after `\(name)`") }
      guard members.updateValue(try value(), forKey: name) == nil else {
        throw fault("`\(name)` stands twice")
      }
      guard accept(",") else {
        guard accept("}") else { throw fault("`}` is missing") }
        break
      }
    }
    skipBlanks()
    guard position == bytes.count else { throw fault("it goes on after its end") }
    return members
  }

  private mutating func value() throws(Failure) -> Value {
    skipBlanks()
    switch next {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "("): return .tuple(try tuple())
    case UInt8(ascii: "["): return try list()
    default:
      let word = takeWhile { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "z") }
      guard word == "True" || word == "False" else { throw fault("`\(word)` is no value") }
      return .boolean(word == "True")
    }
  }

  /// The list of fields of a structured type: only told apart, not read.
  private mutating func list() throws(Failure) -> Value {
    var depth = 0
    repeat {
      guard let byte = next else { throw fault("`]` is missing") }
      if byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: "]") { depth -= 1 }
      position += 1
    } while depth > 0
    return .other
  }

  private mutating func tuple() throws(Failure) -> [Int] {
    position += 1
    var extents: [Int] = []
    while !accept(")") {
      skipBlanks()
      let digits = takeWhile { $0 >= 0x30 && $0 <= 0x39 }
      guard let extent = Int(digits) else { throw fault("its shape is none") }
      extents.append(extent)
      // Python 2 marked its long integers so.
      if next == UInt8(ascii: "L") { position += 1 }
      guard accept(",") else {
        guard accept(")") else { throw fault("`)` is missing") }
        break
      }
    }
    return extents
  }

  private mutating func text() throws(Failure) -> String {
    skipBlanks()
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw fault("a text is missing")
    }
    position += 1
    let content = takeWhile { $0 != quote }
    guard next == quote else { throw fault("a text has no end") }
    position += 1
    return content
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while next == 0x20 || next == 0x0A { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeWhile(_ condition: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = next, condition(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }
}
