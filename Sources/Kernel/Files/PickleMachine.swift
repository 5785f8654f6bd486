// Python's pickles are programs for a small stack machine. This one knows what a dictionary of
// tensors needs and has nothing to run: a function's name is looked up in a closed list
// (`TorchFunction`), and calling one of that list only writes down what was asked for.
//
// Goals, in this order: 1 nothing outside the list has any effect, 2 time and memory in proportion
// to the pickle's length, whatever it says, 3 all that `torch.save` writes of weights is read.

/// Reads one pickle into values.
struct PickleMachine {
  private(set) var tuples: [[PickleValue]] = []
  private(set) var lists: [[PickleValue]] = []
  private(set) var dictionaries: [PickleDictionary] = []
  private(set) var storages: [TorchStorage] = []
  private(set) var tensors: [TorchTensor] = []

  private var reader: ByteReader
  /// The file, for messages.
  private let source: String
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  /// The longest pickle that is read, 4 MiB.
  ///
  /// Weights themselves lie elsewhere, and some 20 000 arrays are described in so much. The machine takes
  /// some dozens of bytes for each byte.
  static let sizeLimit = 4 << 20
  /// Longer than the name of any function that is known.
  private static let nameLimit = 1000

  private init(_ bytes: [UInt8], source: String) {
    reader = ByteReader(bytes, source: "\(source)` entry `data.pkl")
    self.source = source
  }

  /// The value that a pickle describes, and the machine with all that it refers to.
  ///
  /// - Parameter bytes: No more than `sizeLimit`.
  /// - Throws: `fileMalformed`, or `unsupportedFormat` naming a function that is not in the list.
  static func read(
    _ bytes: [UInt8], source: String
  ) throws(Failure) -> (value: PickleValue, machine: PickleMachine) {
    var machine = PickleMachine(bytes, source: source)
    while true {
      let code = try machine.reader.number(UInt8.self, "the next opcode")
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw machine.malformed("opcode \(code) is none that torch.save writes")
      }
      if opcode == .stop { break }
      try machine.perform(opcode)
    }
    let value = try machine.pop()
    guard machine.stack.isEmpty, machine.marks.isEmpty else {
      throw machine.malformed("it ends with values left over")
    }
    return (value, machine)
  }

  func malformed(_ fault: String) -> Failure { reader.malformed(fault) }

  // MARK: - Opcodes

  private mutating func perform(_ opcode: PickleOpcode) throws(Failure) {
    switch opcode {
    case .version: try reader.skip(1, "the protocol")
    case .frame: try reader.skip(8, "a frame")
    case .none: stack.append(.none)
    case .yes: stack.append(.boolean(true))
    case .no: stack.append(.boolean(false))
    case .integer8, .integer16, .integer32, .long, .longLong:
      stack.append(try number(opcode))
    case .real:
      try reader.skip(8, "a real number")
      stack.append(.other)
    case .text, .shortText, .longText, .string, .shortString:
      stack.append(.text(String(decoding: try counted(opcode), as: UTF8.self)))
    case .bytes, .shortBytes, .longBytes:
      _ = try counted(opcode)
      stack.append(.other)
    case .mark, .pop, .popMark, .duplicate: try moveStack(opcode)
    case .get, .longGet, .put, .longPut, .memoize: try remember(opcode)
    case .emptyTuple, .tuple1, .tuple2, .tuple3, .tuple:
      let values: [PickleValue]
      switch opcode {
      case .emptyTuple: values = []
      case .tuple1: values = try popLast(1)
      case .tuple2: values = try popLast(2)
      case .tuple3: values = try popLast(3)
      default: values = try popToMark()
      }
      stack.append(makeTuple(values))
    case .emptyList, .append, .appendAll: try performOnList(opcode)
    case .emptyDictionary, .setItem, .setItems: try performOnDictionary(opcode)
    case .emptySet: stack.append(.other)
    case .frozenSet, .addItems:
      _ = try popToMark()
      if opcode == .frozenSet { stack.append(.other) }
    case .global, .stackGlobal, .instance, .reduce, .newObject, .build, .persistent:
      try performOnFunction(opcode)
    case .stop: break
    }
  }

  private mutating func performOnFunction(_ opcode: PickleOpcode) throws(Failure) {
    switch opcode {
    case .global, .instance:
      let module = try line()
      stack.append(.function(try TorchFunction(module: module, name: try line(), source: source)))
      // What protocol 0 makes objects by; nothing that is read here uses it.
      if opcode == .instance { throw malformed("opcode 105 is none that torch.save writes") }
    case .stackGlobal:
      let parts = try popLast(2)
      guard case .text(let module) = parts[0], case .text(let name) = parts[1] else {
        throw malformed("a function's name is no text")
      }
      stack.append(.function(try TorchFunction(module: module, name: name, source: source)))
    case .reduce, .newObject:
      let parts = try popLast(2)
      guard case .function(let function) = parts[0], case .tuple(let arguments) = parts[1] else {
        throw malformed("it calls what is no function")
      }
      stack.append(try call(function, tuples[arguments]))
    case .build:
      let state = try pop()
      guard let target = stack.last else { throw malformed("a value is missing") }
      if case .dictionary(let place) = target { dictionaries[place].attributes = state }
    default:
      stack.append(try storage(try pop()))
    }
  }

  private mutating func moveStack(_ opcode: PickleOpcode) throws(Failure) {
    switch opcode {
    case .mark: marks.append(stack.count)
    case .pop:
      // A mark counts as a value here.
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    default:
      let value = try pop()
      stack += [value, value]
    }
  }

  private mutating func remember(_ opcode: PickleOpcode) throws(Failure) {
    let place: Int
    switch opcode {
    case .get, .put: place = Int(try reader.number(UInt8.self, "a place in the memo"))
    case .memoize: place = memo.count
    default: place = Int(try reader.number(UInt32.self, "a place in the memo"))
    }
    if opcode == .get || opcode == .longGet {
      guard let value = memo[place] else { throw malformed("place \(place) of the memo is empty") }
      stack.append(value)
    } else {
      guard let value = stack.last else { throw malformed("a value is missing") }
      memo[place] = value
    }
  }

  private mutating func performOnList(_ opcode: PickleOpcode) throws(Failure) {
    if opcode == .emptyList {
      stack.append(.list(lists.count))
      lists.append([])
      return
    }
    let values = opcode == .append ? try popLast(1) : try popToMark()
    switch stack.last {
    case .list(let place): lists[place] += values
    case .other: break
    default: throw malformed("it appends to what is no list")
    }
  }

  private mutating func performOnDictionary(_ opcode: PickleOpcode) throws(Failure) {
    if opcode == .emptyDictionary {
      stack.append(makeDictionary())
      return
    }
    let values = opcode == .setItem ? try popLast(2) : try popToMark()
    guard values.count.isMultiple(of: 2) else { throw malformed("a name has no value") }
    switch stack.last {
    case .dictionary(let place):
      for index in stride(from: 0, to: values.count, by: 2) {
        dictionaries[place].entries.append((values[index], values[index + 1]))
      }
    case .other: break
    default: throw malformed("it puts items into what is no dictionary")
    }
  }

  // MARK: - What functions make

  mutating func makeTuple(_ values: [PickleValue]) -> PickleValue {
    tuples.append(values)
    return .tuple(tuples.count - 1)
  }

  mutating func makeDictionary() -> PickleValue {
    dictionaries.append(PickleDictionary())
    return .dictionary(dictionaries.count - 1)
  }

  mutating func makeTensor(_ tensor: TorchTensor) -> PickleValue {
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  mutating func makeStorage(_ storage: TorchStorage) -> PickleValue {
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  // MARK: - Operands

  private mutating func number(_ opcode: PickleOpcode) throws(Failure) -> PickleValue {
    switch opcode {
    case .integer8: return .integer(Int(try reader.number(UInt8.self, "a number")))
    case .integer16: return .integer(Int(try reader.number(UInt16.self, "a number")))
    case .integer32:
      return .integer(Int(Int32(bitPattern: try reader.number(UInt32.self, "a number"))))
    default:
      let count =
        opcode == .long
        ? Int(try reader.number(UInt8.self, "a number"))
        : Int(try reader.number(UInt32.self, "a number"))
      let bytes = try reader.take(count, "a number")
      // No extent, stride or count is longer; a seed of a random generator may be.
      guard count <= 8 else { return .other }
      let isNegative = (bytes.last ?? 0) & 0x80 != 0
      return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
    }
  }

  private mutating func counted(_ opcode: PickleOpcode) throws(Failure) -> ArraySlice<UInt8> {
    let count: Int
    switch opcode {
    case .shortText, .shortString, .shortBytes:
      count = Int(try reader.number(UInt8.self, "a length"))
    case .longText, .longBytes:
      count = Int(clamping: try reader.number(UInt64.self, "a length"))
    default: count = Int(try reader.number(UInt32.self, "a length"))
    }
    return try reader.take(count, "a text")
  }

  private mutating func line() throws(Failure) -> String {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.number(UInt8.self, "a function's name")
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      guard bytes.count < Self.nameLimit else { throw malformed("a function's name has no end") }
      bytes.append(byte)
    }
  }

  // MARK: - The stack

  private mutating func pop() throws(Failure) -> PickleValue { try popLast(1)[0] }

  private mutating func popLast(_ count: Int) throws(Failure) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw malformed("a value is missing") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(Failure) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("a mark is missing") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }
}
