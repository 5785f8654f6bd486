import Glibc
import Testing

@testable import Kernel

@Suite struct MadeUpDataTests {
  @Test func blobsErrAsOftenAsTheFormulaSays() throws {
    var stream = RandomStream(seed: 1, name: "blobs")
    let blobs = try Blobs(classes: 2, dimension: 3, noise: 0.8, from: &stream)
    let data = try blobs.data(count: 20_000, name: "blobs", from: &stream)
    #expect(data.samplesPerClass == [10_000, 10_000])
    let values = data.inputs.values
    let errors = (0..<data.count).count { sample in
      blobs.nearestCentre(to: Array(values[sample * 3..<sample * 3 + 3])) != data.labels[sample]
    }
    let distance = zip(blobs.centres[0], blobs.centres[1]).reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }.squareRoot()
    // Φ(−z) = erfc(z / √2) / 2.
    let expected = erfc(distance / (2 * blobs.noise) / 2.0.squareRoot()) / 2
    // Four standard deviations of a share of 20 000.
    let tolerance = 4 * (expected * (1 - expected) / 20_000).squareRoot()
    #expect(abs(Double(errors) / 20_000 - expected) < tolerance)
  }

  @Test(arguments: [2, 3, 5]) func pointsLieOnTheirArm(classes: Int) throws {
    var stream = RandomStream(seed: 2, name: "spirals")
    let spirals = try Spirals(classes: classes)
    let data = try spirals.data(count: 500, name: "spirals", from: &stream)
    let values = data.inputs.values
    for sample in 0..<500 {
      #expect(
        spirals.arm(through: [values[2 * sample], values[2 * sample + 1]])
          == data.labels[sample])
    }
  }

  @Test func teacherKnowsItsOwnLabels() throws {
    var stream = RandomStream(seed: 3, name: "teacher")
    let teacher = try Teacher(classes: 4, dimension: 6, hidden: [8, 5], from: &stream)
    let data = try teacher.data(count: 400, name: "teacher", from: &stream)
    #expect(Set(data.labels).count > 1)
    let score = try teacher.network.score(on: data)
    #expect(score.errorCount == 0)
    let noisy = try Teacher(
      classes: 4, dimension: 6, hidden: [8, 5], labelNoise: 0.4, from: &stream)
    let noisyData = try noisy.data(count: 4000, name: "noisy", from: &stream)
    let error = Double(try noisy.network.score(on: noisyData).errorCount) / 4000
    // Three quarters of the labels drawn anew differ.
    #expect(abs(error - 0.3) < 0.04)
  }

  @Test func sameSeedGivesTheSameData() throws {
    func hash() throws -> ContentHash {
      var stream = RandomStream(seed: 4, name: "same")
      let blobs = try Blobs(classes: 3, dimension: 2, noise: 0.1, from: &stream)
      return try blobs.data(count: 30, name: "b", from: &stream).contentHash
    }
    #expect(try hash() == hash())
  }

  @Test func refusesImpossibleNumbers() throws {
    var stream = RandomStream(seed: 5, name: "bad")
    for (classes, dimension, noise) in [(1, 2, 0.1), (257, 2, 0.1), (2, 0, 0.1), (2, 2, -1)] {
      let failure = Fixture.failure {
        _ = try Blobs(classes: classes, dimension: dimension, noise: noise, from: &stream)
      }
      #expect(failure?.code == .badData)
    }
    #expect(Fixture.failure { _ = try Spirals(turns: 0) }?.code == .badData)
    #expect(
      Fixture.failure {
        _ = try Blobs(classes: 2, dimension: 2, noise: 0, from: &stream)
          .data(count: 0, name: "b", from: &stream)
      }?.code == .badData)
  }
}
