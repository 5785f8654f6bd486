import Glibc
import Testing

@testable import Kernel

@Suite struct MadeProblemTests {
  @Test func blobsErrAsOftenAsTheFormulaSays() throws {
    var problem = MadeProblem(.blobs)
    (problem.classCount, problem.dimension, problem.noise) = (2, 3, 0.8)
    (problem.sampleCount, problem.testCount) = (20_000, 20_000)
    let (train, test) = try problem.draw(from: RandomStream(seed: 1, name: "blobs"))
    #expect(train.samplesPerClass == [10_000, 10_000])
    // Ten thousand samples each: their means are the centres to a hundredth.
    let centres = (0..<2).map { label in mean(of: train, label: label) }
    let values = test.inputs.values
    let errors = (0..<test.count).count { sample in
      let point = (0..<3).map { Double(values[sample * 3 + $0]) }
      let distances = centres.map { squaredDistance($0, point) }
      return (distances[0] <= distances[1] ? 0 : 1) != test.labels[sample]
    }
    // The nearest centre errs with Φ(−‖c₁ − c₂‖ / 2σ), and Φ(−z) = erfc(z / √2) / 2.
    let distance = squaredDistance(centres[0], centres[1]).squareRoot()
    let expected = erfc(distance / (2 * problem.noise) / 2.0.squareRoot()) / 2
    // Four standard deviations of a share of 20 000.
    let tolerance = 4 * (expected * (1 - expected) / 20_000).squareRoot()
    #expect(abs(Double(errors) / 20_000 - expected) < tolerance)
  }

  @Test(arguments: [2, 3, 5]) func pointsLieOnTheirArm(classes: Int) throws {
    var problem = MadeProblem(.spirals)
    (problem.classCount, problem.sampleCount, problem.noise) = (classes, 500, 0)
    let data = try problem.draw(from: RandomStream(seed: 2, name: "spirals")).train
    let values = data.inputs.values
    for sample in 0..<500 {
      let (x, y) = (Double(values[2 * sample]), Double(values[2 * sample + 1]))
      let turn = atan2(y, x) / (2 * Double.pi) - (x * x + y * y).squareRoot() * 0.75 / 2
      let arm = Int((turn * Double(classes)).rounded()) % classes
      #expect((arm + classes) % classes == Int(data.labels[sample]))
    }
  }

  @Test func theTeacherIsWrongAsOftenAsLabelsAreRedrawn() throws {
    var problem = MadeProblem(.teacher)
    (problem.classCount, problem.dimension, problem.sampleCount) = (4, 6, 4_000)
    let stream = RandomStream(seed: 3, name: "teacher")
    let clean = try problem.draw(from: stream).train
    #expect(Set(clean.labels).count > 1)
    problem.noise = 0.4
    let noisy = try problem.draw(from: stream).train
    #expect(noisy.inputs == clean.inputs)
    let changed = zip(clean.labels, noisy.labels).count { $0 != $1 }
    // Three quarters of the labels drawn anew differ.
    #expect(abs(Double(changed) / 4_000 - 0.3) < 0.04)
  }

  @Test(arguments: MadeProblem.Rule.allCases)
  func sameSeedGivesTheSameData(rule: MadeProblem.Rule) throws {
    func hash(_ seed: UInt64) throws -> ContentHash {
      try MadeProblem(rule).draw(from: RandomStream(seed: seed, name: "same")).train.contentHash
    }
    #expect(try hash(4) == hash(4))
    #expect(try hash(4) != hash(5))
  }

  @Test func refusesImpossibleNumbers() {
    let changes: [(inout MadeProblem) -> Void] = [
      { $0.classCount = 1 }, { $0.classCount = 257 }, { $0.dimension = 0 }, { $0.sampleCount = 0 },
      { $0.testCount = 0 },
    ]
    for change in changes {
      var problem = MadeProblem(.blobs)
      change(&problem)
      let failure = Fixture.failure { _ = try problem.draw(from: RandomStream(seed: 5, name: "b")) }
      #expect(failure?.code == .badData)
    }
  }

  private func mean(of data: DataSet, label: UInt8) -> [Double] {
    let width = data.sampleSize
    var sum = [Double](repeating: 0, count: width)
    let values = data.inputs.values
    for sample in 0..<data.count where data.labels[sample] == label {
      for axis in 0..<width { sum[axis] += Double(values[sample * width + axis]) }
    }
    return sum.map { $0 / Double(data.samplesPerClass[Int(label)]) }
  }

  private func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
