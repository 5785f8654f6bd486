import Contract
import Kernel

// Which network a call of `train` describes.
extension TrainingJob {
  /// Throws where an argument that is given is about networks of another kind.
  static func checkWords(_ given: Set<String>, about architecture: String) throws(Failure) {
    let foreign = architecture == Graph.Family.mlp.rawValue ? "form" : "widths"
    if given.contains(foreign) {
      throw Failure(.unknownArgument, "`\(foreign)` says nothing about `\(architecture)`")
    }
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
    let (shape, classes) = (data.sampleShape, data.classCount)
    let dropout = call.real("dropout")
    try checkWords(call.given, about: call.text("architecture"))
    guard call.text("architecture") == Graph.Family.shallowCNN.rawValue else {
      return .mlp(
        inputShape: shape, hidden: try hiddenWidths(call), classes: classes, dropout: dropout)
    }
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
