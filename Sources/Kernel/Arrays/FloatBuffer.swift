import Glibc

/// Zeroed memory for floats, aligned to 64 bytes.
///
/// A large piece comes from the system page by page as it is first touched, so that making one takes
/// no time by itself.
final class AlignedFloats {
  let start: UnsafeMutablePointer<Float>
  private let piece: UnsafeMutableRawPointer

  init(count: Int) {
    let alignment = 64
    guard
      let piece = calloc(1, max(count, 1) * MemoryLayout<Float>.stride + alignment - 1)
    else { fatalError("the system gives no memory for \(count) numbers") }
    self.piece = piece
    start = piece.alignedUp(toMultipleOf: alignment).bindMemory(
      to: Float.self, capacity: max(count, 1))
  }

  deinit { free(piece) }
}

/// Scratch memory of one task: zeroed, aligned to 64 bytes, freed with its owner.
///
/// Not sendable and never shared; what leaves a task is copied into a `Tensor`.
final class FloatBuffer {
  let start: UnsafeMutablePointer<Float>
  let count: Int
  private let memory: AlignedFloats

  init(count: Int) {
    self.count = count
    memory = AlignedFloats(count: count)
    start = memory.start
  }

  func copy() -> FloatBuffer {
    let result = FloatBuffer(count: count)
    result.start.update(from: start, count: count)
    return result
  }
}

/// The parameters of a network as passes read and train them.
///
/// For training they lie in one piece of memory, each aligned to 64 bytes; for reading they stay
/// where the network's tensors have them.
final class ParameterBuffer {
  let storage: FloatBuffer
  let shapes: [[Int]]
  /// How many numbers at the front of `storage` are trained; behind them lie statistics.
  let trainedCount: Int
  private let places: [UnsafeMutablePointer<Float>]
  /// What keeps the memory of tensors alive that are read in place.
  private let owners: [Tensor]

  private init(
    storage: FloatBuffer, shapes: [[Int]], places: [UnsafeMutablePointer<Float>], owners: [Tensor]
  ) {
    self.storage = storage
    self.shapes = shapes
    trainedCount = storage.count
    self.places = places
    self.owners = owners
  }

  /// The parameters from one on, in the same memory, numbered anew from 0.
  func slice(from first: Int) -> ParameterBuffer {
    ParameterBuffer(
      storage: storage, shapes: Array(shapes[first...]), places: Array(places[first...]),
      owners: owners)
  }

  init(graph: Graph) {
    shapes = graph.parameters.map(\.shape)
    var offsets = [Int](repeating: 0, count: shapes.count)
    var total = 0
    func place(trained: Bool) {
      for (index, parameter) in graph.parameters.enumerated()
      where parameter.role.isTrained == trained {
        offsets[index] = total
        // Sixteen floats are 64 bytes.
        total += (parameter.shape.reduce(1, *) + 15) / 16 * 16
      }
    }
    place(trained: true)
    trainedCount = total
    place(trained: false)
    let storage = FloatBuffer(count: total)
    self.storage = storage
    places = offsets.map { storage.start + $0 }
    owners = []
  }

  /// A network's own parameters, without a copy: to be read only.
  init(reading network: Network) {
    storage = FloatBuffer(count: 0)
    trainedCount = 0
    shapes = network.graph.parameters.map(\.shape)
    // Nobody writes to a tensor's memory while another holds it, and this one does.
    owners = network.parameters
    places = network.parameters.map { tensor in
      tensor.withBuffer { buffer in
        guard let base = buffer.baseAddress else {
          preconditionFailure("a tensor without memory")
        }
        return UnsafeMutablePointer(mutating: base)
      }
    }
  }

  subscript(parameter: Int) -> UnsafeMutablePointer<Float> { places[parameter] }

  func load(_ tensors: [Tensor]) {
    for (index, tensor) in tensors.enumerated() {
      tensor.withBuffer { buffer in
        if let from = buffer.baseAddress { self[index].update(from: from, count: buffer.count) }
      }
    }
  }

  /// A copy of the parameters as tensors.
  func tensors() -> [Tensor] {
    shapes.enumerated().map { index, shape in
      var tensor = Tensor(shape: shape)
      tensor.withMutableBuffer { buffer in
        buffer.baseAddress?.update(from: self[index], count: buffer.count)
      }
      return tensor
    }
  }
}
