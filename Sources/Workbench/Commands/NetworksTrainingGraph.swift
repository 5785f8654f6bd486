import Contract
import Kernel

// Which network a call of `train` describes.
extension TrainingJob {
  /// The arguments that say how large a network is, with those that say how it begins.
  static let shapeWords = ["width", "depth", "widths", "form", "norm", "dropout", "initial"]

  /// Throws where an argument that is given is about networks of another kind.
  static func checkWords(_ given: Set<String>, about architecture: String) throws(Failure) {
    guard let family = Graph.Family(rawValue: architecture) else { return }
    let foreign = shapeWords.first { given.contains($0) && !family.words.contains($0) }
    guard let foreign else { return }
    let isDepth = family.isDeep && ["depth", "widths"].contains(foreign)
    throw Failure(
      .unknownArgument, "`\(foreign)` says nothing about `\(architecture)`",
      notes: isDepth ? ["its depth is in its name, and `width` is that of its first stage"] : [])
  }

  /// Throws where a family has no such form.
  static func checkForm(_ form: String, of architecture: String) throws(Failure) {
    guard let family = Graph.Family(rawValue: architecture), !family.forms.isEmpty,
      !family.forms.contains(form)
    else { return }
    throw Failure(
      .badChoice,
      "`form` of `\(architecture)` must be one of \(family.forms.joined(separator: ", ")); got "
        + "`\(form)`")
  }

  /// Throws where no shallow network has so many convolutions.
  static func checkDepth(_ depth: Int, form: String) throws(Failure) {
    if form == Graph.ShallowForm.published.rawValue, depth != 2 {
      throw Failure(
        .outOfRange, "`depth` is \(depth), and the published code has two convolutions",
        notes: ["form=pooled can be deeper"])
    }
    guard depth > 0, depth % 2 == 0 else {
      throw Failure(
        .outOfRange, "`depth` is \(depth), and a shallow_cnn has 2, 4, 6, … convolutions",
        notes: ["they are in two blocks of as many layers"])
    }
  }

  /// The network that a call describes, for the data.
  static func graph(_ call: Invocation, data: DataSet) throws(Failure) -> Graph {
    let architecture = call.text("architecture")
    try checkWords(call.given, about: architecture)
    try checkForm(call.text("form"), of: architecture)
    guard let family = Graph.Family(rawValue: architecture) else {
      preconditionFailure("the table of `train` names a family that there is not")
    }
    switch family.kind {
    case .perceptron:
      return .mlp(
        inputShape: data.sampleShape, hidden: try hiddenWidths(call), classes: data.classCount,
        dropout: call.real("dropout"))
    case .shallow: return try shallowGraph(call, data: data)
    case .vgg, .resnet:
      let design = Graph.DeepDesign(
        family: family, norm: Graph.NormKind(rawValue: call.text("norm")) ?? .none,
        form: Graph.ImageForm(rawValue: call.text("form")) ?? .cifar,
        width: call.integer("width"), dropout: call.real("dropout"))
      do throws(Failure) {
        return try design.graph(inputShape: data.sampleShape, classes: data.classCount)
      } catch {
        throw Failure(error.code, "\(data.name): \(error.message)", notes: error.notes)
      }
    }
  }

  private static func shallowGraph(_ call: Invocation, data: DataSet) throws(Failure) -> Graph {
    let (shape, classes) = (data.sampleShape, data.classCount)
    let dropout = call.real("dropout")
    let (width, depth, form) = (call.integer("width"), call.integer("depth"), call.text("form"))
    try checkDepth(depth, form: form)
    let isPublished = form == Graph.ShallowForm.published.rawValue
    let least = isPublished ? Graph.leastPublishedSide : Graph.leastPooledSide
    guard shape.count == 3, shape[1] >= least, shape[2] >= least,
      !isPublished || shape[1] == shape[2]
    else {
      throw Failure(
        .shapeMismatch,
        "shallow_cnn takes images of channels x height x width"
          + (isPublished ? ", square ones of \(least) or more" : ", each side \(least) or more")
          + ", and \(data.name) has samples of \(shapeText(shape))")
    }
    return isPublished
      ? .publishedShallowCNN(inputShape: shape, width: width, classes: classes, dropout: dropout)
      : .shallowCNN(
        inputShape: shape, width: width, depth: depth, classes: classes, dropout: dropout)
  }

  private static func hiddenWidths(_ call: Invocation) throws(Failure) -> [Int] {
    guard call.isGiven("widths") else {
      return [Int](repeating: call.integer("width"), count: call.integer("depth"))
    }
    guard case .list(let values)? = call.value("widths")?.content else {
      preconditionFailure("the table of `train` says that `widths` is a list")
    }
    return try values.map { value throws(Failure) in
      guard case .integer(let width) = value.content, (1...1_000_000).contains(width) else {
        throw Failure(
          .outOfRange, "`widths` holds \(value.content.brief), and a width is an int from 1 on")
      }
      return width
    }
  }
}

extension Graph.Family {
  /// The arguments of `train` that say what a network of the family is, and how it begins.
  fileprivate var words: Set<String> {
    switch kind {
    case .perceptron: ["width", "depth", "widths", "dropout", "initial"]
    case .shallow: ["width", "depth", "form", "dropout", "initial"]
    case .vgg: ["width", "form", "norm", "dropout", "initial"]
    case .resnet: ["width", "form", "norm", "initial"]
    }
  }

  /// The words that `form` takes beside it.
  fileprivate var forms: [String] {
    switch kind {
    case .perceptron: []
    case .shallow: Graph.ShallowForm.allCases.map(\.rawValue)
    case .vgg, .resnet: Graph.ImageForm.allCases.map(\.rawValue)
    }
  }

  /// What to say to somebody who asks for a network by another library's word.
  static func advice(about word: String) -> String? {
    guard word.hasSuffix("_bn"), let family = Self(rawValue: String(word.dropLast(3))),
      family.isDeep
    else { return nil }
    return "did you mean `\(family.rawValue)` with norm=batch?"
  }
}
