import Contract
import Kernel

extension Command {
  /// How a value came to be.
  static let explain = Command(
    "explain", .look, "how a value came to be",
    details: """
      Shows the command that made it with every parameter, the seed, the method and its version, \
      the files that were read with their hashes, and the same for each value it was made from. \
      With as=script, the shortest script that makes it.
      """,
    positional: [Parameter("value", .any, help: "the value to explain")],
    keywords: [
      Parameter("as", .word(["tree", "script"]), default: "tree", help: "a tree or a script")
    ],
    results: .nothing, examples: ["explain x", "explain x as=script"],
    examplePreparation: ["x = 3"], seeAlso: ["describe", "history", "seeds"]
  ) { call throws(Failure) in
    guard let value = call.value("value") else { return [] }
    let text =
      call.text("as") == "script"
      ? ProvenanceScript(value.provenance).text : ProvenanceTree(value).text
    call.session.host.show(.text(text))
    return []
  }
}

/// The tree of a value's making, as text.
struct ProvenanceTree {
  private var lines: [String] = []
  private var seen: Set<ObjectIdentifier> = []

  init(_ value: Value) {
    add(value.provenance, depth: 0)
    lines.append("sha256 \(value.contentHash.hex) on numeric level \(NumericLevel.current)")
  }

  var text: String { lines.joined(separator: "\n") }

  private mutating func add(_ provenance: Provenance, depth: Int) {
    let indent = String(repeating: "  ", count: depth)
    guard let call = provenance.call else {
      if depth == 0 { lines.append(indent + provenance.text) }
      for input in provenance.inputs { add(input, depth: depth == 0 ? 1 : depth) }
      return
    }
    // A value that was used twice is told once.
    guard seen.insert(ObjectIdentifier(call)).inserted else { return }
    let names = call.names.isEmpty ? "" : call.names.joined(separator: ", ") + " = "
    // Inputs that have names are told by them, with their own making under this line.
    let text = provenance.statement { $0.givenName }
    lines.append("\(indent)\(names)\(text)")
    for fact in facts(of: call) { lines.append("\(indent)    \(fact)") }
    for input in provenance.inputs { add(input, depth: depth + 1) }
  }

  private func facts(of call: CallRecord) -> [String] {
    var facts: [String] = []
    var line: [String] = []
    if let method = call.method { line.append("method \(method)") }
    let inner = call.innerMethods.filter { $0 != call.method }
    if !inner.isEmpty { line.append("with \(inner.joined(separator: ", "))") }
    line += call.plugged.map(\.text)
    if let seed = call.seed {
      line.append("seed \(seed)")
      line.append("stream \(call.recipe.hex.prefix(12))")
    }
    line.append(Content.counted(call.threads, "thread"))
    line.append(Content.brief(seconds: call.seconds))
    facts.append(line.joined(separator: " · "))
    let defaults = call.parameters.filter(\.isDefault).map { "\($0.name)=\($0.text)" }
    if !defaults.isEmpty { facts.append("defaults: " + defaults.joined(separator: " ")) }
    for file in call.files { facts.append("read \(file.path)  sha256 \(file.hash.hex)") }
    return facts
  }
}

/// The shortest script that makes a value: one line for each command it depends on.
struct ProvenanceScript {
  private struct Entry {
    var call: CallRecord
    var provenance: Provenance
  }

  let text: String

  init(_ root: Provenance) {
    var entries: [Entry] = []
    var seen: Set<ObjectIdentifier> = []
    Self.collect(root, &entries, &seen)
    // Inputs come before what is made of them; between statements the session's order holds, so
    // that repeated commands keep their turns.
    let ordered = entries.enumerated().sorted {
      ($0.element.call.number, $0.offset) < ($1.element.call.number, $1.offset)
    }.map(\.element)
    text = Self.write(root, ordered)
  }

  private static func collect(
    _ provenance: Provenance, _ entries: inout [Entry], _ seen: inout Set<ObjectIdentifier>
  ) {
    if let call = provenance.call, !seen.insert(ObjectIdentifier(call)).inserted { return }
    for input in provenance.inputs { collect(input, &entries, &seen) }
    if let call = provenance.call { entries.append(Entry(call: call, provenance: provenance)) }
  }

  private static func write(_ root: Provenance, _ entries: [Entry]) -> String {
    var lines: [String] = []
    var names: [ObjectIdentifier: [String]] = [:]
    var used: Set<String> = []
    var seed: UInt64 = 1
    var turns: [String: Int] = [:]
    for entry in entries {
      let call = entry.call
      let hasOwnSeed = call.parameters.contains { $0.name == "seed" && !$0.isDefault }
      if let its = call.seed, !hasOwnSeed, its != seed {
        seed = its
        lines.append("set seed=\(its)")
      }
      let bound = unused(call.names.isEmpty ? ["v\(lines.count + 1)"] : call.names, &used)
      names[ObjectIdentifier(call)] = bound
      let line = entry.provenance.statement { reference(to: $0, names) }
      // Identical commands draw from streams of their own, in turn: those before must run too.
      let turn = turns[line, default: 0]
      for _ in turn..<max(turn, call.ordinal) { lines.append(line) }
      turns[line] = max(turn, call.ordinal) + 1
      lines.append(bound.joined(separator: ", ") + " = " + line)
    }
    if root.call == nil || root.call.map({ $0.resultCount > 1 }) == true {
      lines.append(reference(to: root, names) ?? root.statement { reference(to: $0, names) })
    }
    return lines.joined(separator: "\n")
  }

  /// How a line names a value that an earlier line made; `nil` for what no command made.
  private static func reference(
    to provenance: Provenance, _ names: [ObjectIdentifier: [String]]
  ) -> String? {
    guard let call = provenance.call, let bound = names[ObjectIdentifier(call)] else { return nil }
    guard call.resultCount > 1 else { return bound[0] }
    if bound.count == 1 {
      return provenance.resultIndex.map { "\(bound[0])[\($0 + 1)]" } ?? bound[0]
    }
    return provenance.resultIndex.map { bound[$0] } ?? "[\(bound.joined(separator: ", "))]"
  }

  private static func unused(_ wanted: [String], _ used: inout Set<String>) -> [String] {
    wanted.map { name in
      var candidate = name
      var number = 2
      while !used.insert(candidate).inserted {
        candidate = "\(name)_\(number)"
        number += 1
      }
      return candidate
    }
  }
}

extension Provenance {
  /// The name that the value was first bound to, where a command made it; `nets[2]` for one of
  /// several under a name.
  var givenName: String? {
    guard let call, let first = call.names.first else { return nil }
    guard let index = resultIndex, call.resultCount > 1 else {
      return call.names.count == 1 ? first : "[\(call.names.joined(separator: ", "))]"
    }
    return call.names.count == 1 ? "\(first)[\(index + 1)]" : call.names[index]
  }

  /// The text that makes the value, with the commands inside it in parentheses.
  var text: String { statement { _ in nil } }

  /// The text where some values are named instead of made again.
  func statement(_ name: (Provenance) -> String?) -> String {
    parts.map { part in
      switch part {
      case .text(let text): return text
      case .value(let input):
        if let name = name(input) { return name }
        let text = input.statement(name)
        guard let call = input.call else { return text }
        let place = input.resultIndex.map { "[\($0 + 1)]" } ?? ""
        return "(\(text))" + (call.resultCount > 1 ? place : "")
      }
    }.joined()
  }
}
