/// Which tensors of a file of PyTorch's are taken, and under which names.
///
/// A dictionary within a dictionary is a folder: `a/0.weight`.
struct TorchContent {
  private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
  private(set) var metadata = Metadata()
  /// What is in the file besides.
  private(set) var skipped: [String] = []

  private let machine: PickleMachine
  private let source: String
  private var names: Set<String> = []
  private var visits = 0

  /// Under which names people put a network beside its optimizer and the like; the first counts.
  private static let usualNames = ["state_dict", "model_state_dict", "model", "net"]
  /// The attribute of the outermost dictionary that holds texts of ours.
  static let metadataName = "metadata"
  /// How deep folders are looked through, and how many entries in all: one dictionary may stand in many
  /// places.
  private static let depthLimit = 8
  private static let visitLimit = 1_000_000

  /// - Throws: `fileMalformed` where two arrays have one name.
  init(
    _ value: PickleValue, _ machine: PickleMachine, source: String
  ) throws(Failure) {
    self.machine = machine
    self.source = source
    switch value {
    case .tensor(let place): tensors = [("array", machine.tensors[place])]
    case .dictionary(let place): try addOutermost(place)
    case .list(let place): try addAll(machine.lists[place])
    case .tuple(let place): try addAll(machine.tuples[place])
    default: break
    }
  }

  /// Networks side by side in a list: `1/0.weight`, `2/0.weight`.
  private mutating func addAll(_ values: [PickleValue]) throws(Failure) {
    for (index, value) in values.enumerated() { try add(value, "\(index + 1)", depth: 0) }
  }

  private mutating func addOutermost(_ place: Int) throws(Failure) {
    metadata = try texts(of: machine.dictionaries[place])
    // Networks by their seeds or numbers, too.
    let entries = try entries(of: machine.dictionaries[place], numbered: true)
    for usual in Self.usualNames {
      guard let own = entries.first(where: { $0.name == usual }),
        case .dictionary(let inner) = own.value
      else { continue }
      for entry in try self.entries(of: machine.dictionaries[inner]) {
        try add(entry.value, entry.name, depth: 1)
      }
      guard !tensors.isEmpty else { continue }
      skipped += entries.map(\.name).filter { $0 != usual }
      return
    }
    for entry in entries { try add(entry.value, entry.name, depth: 0) }
  }

  private mutating func add(
    _ value: PickleValue, _ name: String, depth: Int
  ) throws(Failure) {
    visits += 1
    guard visits <= Self.visitLimit else { throw malformed("it has no end") }
    switch value {
    case .tensor(let place):
      guard names.insert(name).inserted else { throw malformed("it holds two arrays `\(name)`") }
      tensors.append((name, machine.tensors[place]))
    case .dictionary(let place) where depth < Self.depthLimit:
      let (count, skippedCount) = (tensors.count, skipped.count)
      // What an optimizer keeps is numbered and not named.
      for entry in try entries(of: machine.dictionaries[place]) {
        try add(entry.value, "\(name)/\(entry.name)", depth: depth + 1)
      }
      // One name for all that lies in a folder of which nothing was taken.
      if tensors.count == count { skipped[skippedCount...] = [name] }
    default:
      if depth == 0 { skipped.append(name) }
    }
  }

  /// The entries that have names, each with its last value.
  private mutating func entries(
    of dictionary: PickleDictionary, numbered: Bool = false
  ) throws(Failure) -> [(name: String, value: PickleValue)] {
    visits += dictionary.entries.count
    guard visits <= Self.visitLimit else { throw malformed("it has no end") }
    var places: [String: Int] = [:]
    var entries: [(name: String, value: PickleValue)] = []
    for entry in dictionary.entries {
      let name: String
      switch entry.key {
      case .text(let text): name = text
      case .integer(let number) where numbered: name = String(number)
      default: continue
      }
      if let place = places[name] {
        entries[place].value = entry.value
      } else {
        places[name] = entries.count
        entries.append((name, entry.value))
      }
    }
    return entries
  }

  private mutating func texts(of dictionary: PickleDictionary) throws(Failure) -> Metadata {
    guard case .dictionary(let attributes) = dictionary.attributes,
      let own = try entries(of: machine.dictionaries[attributes])
        .first(where: { $0.name == Self.metadataName }),
      case .dictionary(let place) = own.value
    else { return Metadata() }
    var members: [JSON.Member] = []
    for entry in try entries(of: machine.dictionaries[place]) {
      if case .text(let text) = entry.value { members.append(JSON.Member(entry.name, .text(text))) }
    }
    return try Metadata(json: .object(members), source: source)
  }

  private func malformed(_ fault: String) -> Failure {
    Failure(.fileMalformed, "`\(source)` cannot be read: \(fault)")
  }
}
