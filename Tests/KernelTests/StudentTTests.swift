import Testing

@testable import Kernel

@Suite struct StudentTTests {
  /// Two-sided 95 % and 99 % bounds from printed tables, to their three digits.
  @Test(arguments: [
    (1, 0.95, 12.706), (2, 0.95, 4.303), (3, 0.95, 3.182), (4, 0.95, 2.776), (9, 0.95, 2.262),
    (30, 0.95, 2.042), (120, 0.95, 1.980), (1, 0.99, 63.657), (2, 0.99, 9.925), (10, 0.99, 3.169),
  ])
  func boundsAreThoseOfTheTables(freedom: Int, share: Double, bound: Double) {
    #expect(abs(StudentT.bound(of: share, freedom: freedom) - bound) < 6e-4)
  }

  /// The density, summed up by Simpson's rule, is another way to the same share.
  @Test(arguments: [1, 2, 3, 4, 7, 8])
  func shareIsTheIntegralOfTheDensity(freedom: Int) {
    let nu = Double(freedom)
    func shape(_ t: Double) -> Double {
      var value = 1.0
      // (1 + t²/ν)^(−(ν+1)/2), by square roots alone.
      let base = (1 + t * t / nu).squareRoot()
      for _ in 0...freedom { value /= base }
      return value
    }
    func integral(to end: Double, steps: Int) -> Double {
      let width = end / Double(steps)
      var sum = shape(0) + shape(end)
      for k in 1..<steps { sum += (k % 2 == 1 ? 4 : 2) * shape(Double(k) * width) }
      return sum * width / 3
    }
    // The same ratio whatever the constant in front of the density.
    let ratio = integral(to: 1, steps: 1_000) / integral(to: 2.5, steps: 1_000)
    let shares =
      StudentT.share(within: 1, freedom: freedom) / StudentT.share(within: 2.5, freedom: freedom)
    #expect(abs(ratio - shares) < 1e-10)
  }

  @Test func boundAndShareAreInverse() {
    for freedom in 1...40 {
      let bound = StudentT.bound(of: 0.9, freedom: freedom)
      #expect(abs(StudentT.share(within: bound, freedom: freedom) - 0.9) < 1e-14)
    }
  }
}
