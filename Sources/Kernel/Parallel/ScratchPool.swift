import Synchronization

/// Scratch memory handed to whoever works at the moment, made when first needed.
///
/// At most one piece per thread comes to exist. What a piece held before must not matter.
final class ScratchPool<Piece>: Sendable {
  private let make: @Sendable () -> Piece
  private let free: Mutex<[Box]>

  /// A piece is used by one thread at a time, which the pool sees to.
  private struct Box: @unchecked Sendable { let piece: Piece }

  init(_ make: @escaping @Sendable () -> Piece) {
    self.make = make
    free = Mutex([])
  }

  func use<Result>(_ body: (Piece) -> Result) -> Result {
    let box = free.withLock { $0.popLast() } ?? Box(piece: make())
    defer { free.withLock { $0.append(box) } }
    return body(box.piece)
  }
}
