/// A stream of random numbers named by what it is for.
///
/// Counter-based (Philox 4×32-10; Salmon, Moraes, Dror, Shaw 2011, doi:10.1145/2063384.2063405):
/// the key and the upper half of the counter come from the seed and the name, the lower half
/// counts. Two streams with different names are independent, so work items can be given a stream
/// each and run in any order on any number of threads. A stream's place is one number, so a
/// checkpoint can keep it.
public struct RandomStream: RandomNumberGenerator, Hashable, Sendable {
  /// What the stream is for; a child's name is `parent/child`.
  public let name: String
  /// The seed it was made from.
  public let seed: UInt64
  /// How many 64-bit words were drawn.
  public private(set) var position: UInt64 = 0

  private let key: SIMD2<UInt32>
  private let upperCounter: SIMD2<UInt32>
  /// The second word of the last block; a block gives two.
  private var spare: UInt64 = 0

  public init(seed: UInt64, name: String) {
    self.seed = seed
    self.name = name
    let identity = Self.identity(seed: seed, name: name)
    key = SIMD2(truncatingIfNeeded: identity.0)
    upperCounter = SIMD2(truncatingIfNeeded: identity.1)
  }

  /// An independent stream for a part of the work.
  public func child(_ part: String) -> RandomStream {
    RandomStream(seed: seed, name: name + "/" + part)
  }

  /// An independent stream for a numbered part of the work.
  public func child(_ part: String, _ number: Int) -> RandomStream { child("\(part) \(number)") }

  public mutating func next() -> UInt64 {
    defer { position &+= 1 }
    if position & 1 == 1 { return spare }
    let block = philox(position >> 1)
    spare = block.1
    return block.0
  }

  /// Goes to a place in the stream, as noted in a checkpoint.
  public mutating func move(to position: UInt64) {
    self.position = position
    if position & 1 == 1 { spare = philox(position >> 1).1 }
  }

  /// 128 bits from the seed and the name: FNV-1a with two offsets, each finished by the mixer of
  /// SplitMix64.
  ///
  /// Fixed for ever: replay rests on it.
  private static func identity(seed: UInt64, name: String) -> (UInt64, UInt64) {
    var a: UInt64 = 0xCBF2_9CE4_8422_2325
    var b: UInt64 = 0x8422_2325_CBF2_9CE4
    func absorb(_ byte: UInt8) {
      a = (a ^ UInt64(byte)) &* 0x100_0000_01B3
      b = (b ^ UInt64(byte ^ 0xA5)) &* 0x100_0000_01B3
    }
    for shift in stride(from: 0, to: 64, by: 8) { absorb(UInt8(truncatingIfNeeded: seed >> shift)) }
    for byte in name.utf8 { absorb(byte) }
    return (mixed(a), mixed(b))
  }

  /// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private func philox(_ block: UInt64) -> (UInt64, UInt64) {
    let low = SIMD2<UInt32>(truncatingIfNeeded: block)
    let words = Self.philox(
      counter: SIMD4(low.x, low.y, upperCounter.x, upperCounter.y), key: key)
    return (
      UInt64(words.y) << 32 | UInt64(words.x), UInt64(words.w) << 32 | UInt64(words.z)
    )
  }

  /// Philox 4×32 with ten rounds: the random words of one counter under one key.
  static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<10 {
      let p0 = c0.multipliedFullWidth(by: 0xD251_1F53)
      let p1 = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (p1.high ^ c1 ^ k0, p1.low, p0.high ^ c3 ^ k1, p0.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
  }
}

extension SIMD2 where Scalar == UInt32 {
  fileprivate init(truncatingIfNeeded word: UInt64) {
    self.init(UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32))
  }
}
