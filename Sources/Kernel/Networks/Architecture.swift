/// A network's structure as a person states it: `resnet18 width=16 form=cifar classes=10`.
///
/// What is left out is nil here; a file of weights has to say it then (`completed(from:)`).
public struct Architecture: Hashable, Sendable {
  /// What can be stated, with its depth where that is part of the name.
  public enum Name: String, CaseIterable, Sendable {
    case mlp
    case shallowCNN = "shallow_cnn"
    case vgg11, vgg13, vgg16, vgg19
    case resnet18, resnet34, resnet50

    /// The layers with weights; nil where the name does not tell.
    var depth: Int? { Int(rawValue.drop { !$0.isNumber }) }
    var isVGG: Bool { rawValue.hasPrefix("vgg") }
    var isResNet: Bool { rawValue.hasPrefix("resnet") }
  }

  public var name: Name
  /// The channels of the first stage.
  public var width: Int?
  /// The widths of a perceptron's hidden layers.
  public var hidden: [Int]?
  /// The convolutions of a shallow network.
  public var depth: Int?
  public var norm: Graph.NormKind?
  /// The groups of each group norm, where they are not `NormKind.groupCount`.
  public var groups: Int?
  /// What normalizations add to a variance, where it is not the usual.
  public var epsilon: Double?
  /// What images a deep network is for.
  public var form: Graph.ImageForm?
  public var shallowForm: Graph.ShallowForm?
  /// The shape of a sample.
  public var shape: [Int]?
  public var classes: Int?

  public init(_ name: Name) { self.name = name }

  /// The network's graph.
  ///
  /// - Throws: `shapeMismatch` where there is no such network, or where something is not stated,
  ///   `outOfMemory` where no machine computes it.
  public func graph() throws(Failure) -> Graph {
    let shape = try stated(shape, "shape=[3, 32, 32]")
    let classes = try stated(classes, "classes=10")
    guard 1...Self.mostUnits ~= classes, (hidden ?? []).allSatisfy({ 1...Self.mostUnits ~= $0 }),
      1...3 ~= shape.count,
      shape.allSatisfy({ 1...(shape.count == 1 ? Self.mostUnits : Self.mostExtent) ~= $0 }),
      width.map({ 1...Self.mostUnits ~= $0 }) ?? true
    else { throw Failure(.shapeMismatch, "there is no network `\(text)`") }
    let graph = try adjusted(made(shape: shape, classes: classes))
    guard graph.hasPossibleSizes else {
      throw Failure(.outOfMemory, "no machine computes `\(text)`")
    }
    return graph
  }

  /// More units than any layer has.
  private static let mostUnits = 1 << 20
  /// More places than an axis of an image has.
  private static let mostExtent = 1 << 14
  /// The deepest shallow network that is stated.
  private static let mostDepth = 100

  private func stated<Value>(_ value: Value?, _ example: String) throws(Failure) -> Value {
    if let value { return value }
    let word = example.prefix { $0 != "=" }
    throw Failure(
      .shapeMismatch, "`\(text)` does not state its \(word)", notes: ["for example `\(example)`"])
  }

  private func made(shape: [Int], classes: Int) throws(Failure) -> Graph {
    switch name {
    case .mlp:
      return try .checked(
        Graph.mlpNodes(
          inputShape: shape, hidden: try stated(hidden, "hidden=[512, 512]"), classes: classes))
    case .shallowCNN: return try shallow(shape: shape, classes: classes)
    case .vgg11, .vgg13, .vgg16, .vgg19:
      return try .vgg(
        depth: name.depth ?? 0, norm: norm ?? .none, form: stated(form, "form=cifar"),
        inputShape: shape, width: width ?? 64, classes: classes)
    case .resnet18, .resnet34, .resnet50:
      return try .resnet(
        depth: name.depth ?? 0, norm: norm ?? .batch, form: stated(form, "form=cifar"),
        inputShape: shape, width: width ?? 64, classes: classes)
    }
  }

  private func shallow(shape: [Int], classes: Int) throws(Failure) -> Graph {
    let width = try stated(width, "width=64")
    func checkSides(from least: Int) throws(Failure) {
      guard shape.count == 3, shape[1...].allSatisfy({ $0 >= least }) else {
        throw Failure(
          .shapeMismatch,
          "this shallow_cnn takes images of channels x height x width with sides from \(least) on, "
            + "and these samples are \(shapeText(shape))")
      }
    }
    if shallowForm == .published {
      try checkSides(from: Graph.leastPublishedSide)
      guard shape[1] == shape[2] else {
        throw Failure(
          .shapeMismatch,
          "the published form takes square images, and these samples are "
            + shapeText(shape))
      }
      return try .checked(
        Graph.publishedNodes(inputShape: shape, width: width, classes: classes))
    }
    try checkSides(from: Graph.leastPooledSide)
    let depth = depth ?? 2
    guard 2...Self.mostDepth ~= depth, depth % 2 == 0 else {
      throw Failure(.shapeMismatch, "shallow_cnn has 2, 4, 6, … convolutions, and not \(depth)")
    }
    return try .checked(
      Graph.shallowNodes(inputShape: shape, width: width, depth: depth, classes: classes))
  }

  /// The graph with the stated groups and what is added to variances.
  private func adjusted(_ graph: Graph) throws(Failure) -> Graph {
    guard groups != nil || epsilon != nil else { return graph }
    var nodes = graph.nodes
    for index in nodes.indices {
      switch nodes[index].layer {
      case .groupNorm(let usual, let usualEpsilon):
        let groups = groups ?? usual
        guard groups > 0, graph.shapes[index][0] % groups == 0 else {
          throw Failure(
            .shapeMismatch,
            "`\(nodes[index].name)` has \(graph.shapes[index][0]) channels, which \(groups) groups "
              + "do not divide")
        }
        nodes[index].layer = .groupNorm(groups: groups, epsilon: epsilon ?? usualEpsilon)
      case .batchNorm(let usual): nodes[index].layer = .batchNorm(epsilon: epsilon ?? usual)
      case .layerNorm(let usual): nodes[index].layer = .layerNorm(epsilon: epsilon ?? usual)
      default: break
      }
    }
    return try .checked(nodes)
  }
}

// MARK: - As text

extension Architecture {
  /// The statement as it is written: the name, then `key=value` with blanks between.
  public var text: String {
    func list(_ values: [Int]) -> String { "[\(values.map(String.init).joined(separator: ", "))]" }
    let parts: [(String, String?)] = [
      ("width", width.map(String.init)), ("hidden", hidden.map(list)),
      ("depth", depth.map(String.init)), ("norm", norm?.rawValue),
      ("groups", groups.map(String.init)), ("epsilon", epsilon.map { "\($0)" }),
      ("form", form?.rawValue ?? shallowForm?.rawValue), ("shape", shape.map(list)),
      ("classes", classes.map(String.init)),
    ]
    return ([name.rawValue] + parts.compactMap { key, value in value.map { "\(key)=\($0)" } })
      .joined(separator: " ")
  }

  /// The statement that a text makes.
  ///
  /// - Throws: `fileMalformed` with the word at fault.
  public init(_ text: String) throws(Failure) {
    let words = Self.words(text)
    guard let first = words.first else { throw Self.fault("an architecture begins with a name") }
    guard let name = Name(rawValue: first) else {
      throw Self.fault("there is no architecture `\(first)`")
    }
    self.init(name)
    var given: Set<String> = []
    for word in words.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard parts.count == 2 else { throw Self.fault("`\(word)` is no `key=value`") }
      guard given.insert(parts[0]).inserted else { throw Self.fault("`\(parts[0])` stands twice") }
      try set(parts[0], parts[1])
    }
  }

  /// The keys that a name takes.
  private var keys: [String] {
    switch name {
    case .mlp: ["hidden", "shape", "classes"]
    case .shallowCNN: ["width", "depth", "form", "shape", "classes"]
    default: ["width", "norm", "groups", "epsilon", "form", "shape", "classes"]
    }
  }

  private mutating func set(_ key: String, _ value: String) throws(Failure) {
    guard keys.contains(key) else {
      throw Failure(
        .fileMalformed, "`\(name.rawValue)` takes no `\(key)`",
        notes: ["it takes \(keys.joined(separator: " "))"])
    }
    func number(to most: Int = Self.mostUnits) throws(Failure) -> Int {
      guard let number = Int(value), 1...most ~= number else {
        throw Self.fault("`\(key)=\(value)` is no whole number from 1 to \(most)")
      }
      return number
    }
    func choice<Choice: RawRepresentable & CaseIterable>(
      _: Choice.Type
    ) throws(Failure) -> Choice where Choice.RawValue == String {
      if let choice = Choice(rawValue: value) { return choice }
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw Self.fault("`\(key)=\(value)` is none of \(all)")
    }
    switch key {
    case "width": width = try number()
    case "depth": depth = try number(to: Self.mostDepth)
    case "groups": groups = try number()
    case "classes": classes = try number()
    case "hidden": hidden = try Self.list(key, value, isEmptyAllowed: true)
    case "shape": shape = try Self.list(key, value, isEmptyAllowed: false)
    case "norm": norm = try choice(Graph.NormKind.self)
    case "form" where name == .shallowCNN: shallowForm = try choice(Graph.ShallowForm.self)
    case "form": form = try choice(Graph.ImageForm.self)
    default:
      guard let number = Double(value), number > 0, number <= 1 else {
        throw Self.fault("`\(key)=\(value)` is not above 0 and up to 1")
      }
      epsilon = number
    }
  }

  private static func list(
    _ key: String, _ value: String, isEmptyAllowed: Bool
  ) throws(Failure) -> [Int] {
    let numbers = value.dropFirst().dropLast().split(separator: ",").map {
      Int($0.filter { $0 != " " && $0 != "\t" }) ?? 0
    }
    // 64: more layers than a perceptron has.
    guard value.hasPrefix("["), value.hasSuffix("]"), numbers.count <= 64,
      isEmptyAllowed || !numbers.isEmpty, numbers.allSatisfy({ 1...mostUnits ~= $0 })
    else { throw fault("`\(key)=\(value)` is no list as [3, 32, 32]") }
    return numbers
  }

  private static func fault(_ message: String) -> Failure {
    Failure(
      .fileMalformed, message,
      notes: [
        "for example `resnet18 norm=group groups=8 form=cifar shape=[3, 32, 32]`; names are "
          + Name.allCases.map(\.rawValue).joined(separator: " ")
      ])
  }

  /// What blanks separate, but for those within brackets.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isInList = false
    for character in text {
      if character == "[" { isInList = true }
      if character == "]" { isInList = false }
      if character.isWhitespace, !isInList {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }
}
