import Kernel
import Synchronization

/// A hash that is computed once, when somebody asks.
final class HashBox: Sendable {
  private let kept = Mutex<ContentHash?>(nil)

  /// The kept hash, or the one that `compute` gives.
  func hash(_ compute: () -> ContentHash) -> ContentHash {
    // Not under the lock: hashing a data set takes a while, and twice is better than waiting.
    if let hash = kept.withLock({ $0 }) { return hash }
    let hash = compute()
    kept.withLock { $0 = hash }
    return hash
  }
}
