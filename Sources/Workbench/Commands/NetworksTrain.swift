import Contract
import Kernel

extension Command {
  /// Trains networks side by side.
  static let train = Command(
    "train", .networks, "train networks side by side, one on each core",
    details: """
      SGD with momentum on cross-entropy; a smaller last batch is used, too. Every network has \
      random numbers of its own for its weights and for the order of samples, and comes out the \
      same on any number of threads; the numbers hang on everything that the line says, `count=` \
      among it, so another count gives other networks. Ctrl-C or `budget=` keeps the networks as \
      they are then, and `resume` goes on as if nothing had happened. With `checkpoint=FILE` the state is \
      kept in a file every few seconds, and the same command goes on from it after a crash, or \
      where Ctrl-C or `--budget` ended a script.

      `mlp` is a multilayer perceptron: `depth` hidden layers of `width` units, or `widths`. \
      `shallow_cnn` is for images: `depth` convolutions (2, 4, 6, …) of `width` channels with 3×3 \
      kernels, padding 1 and rectifiers, in two blocks of as many layers, each ended by 2×2 max \
      pooling, then a linear classifier. With `form=published` it is the two-layer network of the \
      paper's published code: a 9×9 kernel with stride 2 and padding 1, and one over all that is \
      left (13×13 of images of 32×32), without pooling.

      `vgg11`, `vgg13`, `vgg16` and `vgg19` are five blocks of 3×3 convolutions of w, 2w, 4w, 8w and \
      8w channels, w being `width`, each block ended by 2×2 max pooling. `resnet18`, `resnet34` and \
      `resnet50` are four stages of residual blocks of w, 2w, 4w and 8w channels (four times as many \
      leave a block of resnet50), then the mean of each channel. `norm` says what stands behind each \
      convolution: nothing, or batch, layer or group norm; by default none in VGG networks, as in the \
      paper, and batch in residual ones. form=cifar is for small images: VGG networks take sides of \
      32 or more there and end in one linear layer, residual ones take any size. form=imagenet is \
      for large ones, as in torchvision: VGG networks take sides of 224 and end in three linear \
      layers, residual ones begin with a 7×7 kernel and pooling. Arrays have torchvision's names. Batch \
      norm sees a whole batch at once, which takes memory.

      Beside all convolutional networks the defaults are those of the paper's Table 1, lr=0.02 \
      schedule=cosine batch=256, with width=64; deep ones begin with initial=he.
      """,
    positional: [
      Parameter(
        "architecture", .word(Graph.Family.allCases.map(\.rawValue)),
        help: "the kind of network: mlp is a multilayer perceptron with rectifiers, all others are "
          + "convolutional networks")
    ],
    keywords: trainParameters,
    defaultsBeside: trainDefaults,
    results: .counted(by: "count", .network), precheck: TrainingJob.check,
    stepName: "batch", drawsRandomNumbers: true,
    recovery: Recovery { call throws(Failure) in
      let job = try TrainingJob(call)
      return { (call) throws(Failure) in try job.run(call) }
    },
    examples: [
      "a, b = train mlp width=16 data=train epochs=3 count=2",
      "c = train mlp widths=[16, 8] data=train epochs=3 lr=0.05 schedule=cosine",
    ],
    examplePreparation: ["train, test = make blobs samples=200"],
    seeAlso: ["resume", "eval", "barrier", "save"]
  ) { call throws(Failure) in
    try TrainingJob(call).run(call)
  }

  /// Those of the paper's Table 1 for convolutional networks, and what deep ones need to learn.
  private static let trainDefaults: [String: [String: String]] = {
    let table = ["width": "64", "lr": "0.02", "schedule": "cosine", "batch": "256"]
    var defaults: [String: [String: String]] = [:]
    for family in Graph.Family.allCases where family != .mlp {
      let own =
        family.isDeep
        ? ["form": "cifar", "norm": family.usualNorm.rawValue, "initial": "he"] : ["depth": "2"]
      defaults[family.rawValue] = table.merging(own) { $1 }
    }
    return defaults
  }()

  private static let trainParameters: [Parameter] =
    [.data] + shapeParameters + startParameters + descentParameters + [
      Parameter("count", .integer(1...10_000), default: "1", help: "how many networks"),
      Parameter(
        "checkpoint", .path, isOptional: true, changesResult: false,
        help: "a file that keeps the state of the training"),
      .budget, .seed,
    ]

  private static let shapeParameters = [
    Parameter(
      "width", .integer(1...1_000_000), default: "512", unit: "units",
      help:
        "how many units each hidden layer has; channels of convolutional networks, in deep ones of "
        + "the first stage, by default 64"),
    Parameter(
      "depth", .integer(0...1000), default: "1", unit: "layers",
      help: "how many hidden layers; convolutions of shallow_cnn, by default 2"),
    Parameter(
      "form",
      .word(
        Graph.ShallowForm.allCases.map(\.rawValue) + Graph.ImageForm.allCases.map(\.rawValue)),
      default: "pooled",
      help: "of shallow_cnn: pooled (3×3 kernels with pooling) or published (the large ones of the "
        + "published code); of deep networks cifar (small images, the default) or imagenet"),
    Parameter(
      "norm", .word(Graph.NormKind.allCases.map(\.rawValue)), default: "none",
      help:
        "what stands behind the convolutions of deep networks: by default none in vgg ones, batch in "
        + "resnets; group norm has 32 groups, or as many as leave two channels each"),
    Parameter(
      "widths", .value([.list]), isOptional: true,
      help: "the width of every hidden layer, in place of `width` and `depth`"),
    Parameter(
      "dropout", .real(0...0.99), default: "0",
      help: "the share of hidden units dropped in training; before linear layers in VGG networks"),
  ]

  private static let startParameters = [
    Parameter(
      "initial", .word(InitialWeights.allCases.map(\.rawValue)), default: "uniform",
      help: "how weights are drawn: uniform in ±1/√inputs, he (normal, variance 2/inputs), or "
        + "unbiased (uniform, biases zero); for deep networks by default he"),
    Parameter(
      "init", .value([.network, .networks, .list]), isOptional: true,
      help: "start from this network, or from one for each of `count`"),
    Parameter(
      "seed_order", .integer(0...Int.max), isOptional: true,
      help: "fixes the order of samples, the same for all networks of the call"),
  ]

  private static let descentParameters = [
    Parameter(
      "epochs", .integer(0...1_000_000), default: "10", help: "how many passes over the data"),
    Parameter(
      "batch", .integer(1...10_000_000), default: "64", unit: "samples",
      help: "samples per step; for convolutional networks by default 256"),
    Parameter(
      "lr", .real(0...1000), default: "0.01",
      help: "the learning rate; for convolutional networks by default 0.02"),
    Parameter(
      "schedule", .word(TrainingSettings.Schedule.allCases.map(\.rawValue)), default: "fixed",
      help: "how the learning rate changes: fixed, or half a cosine to zero; for convolutional "
        + "networks by default cosine"),
    Parameter("momentum", .real(0...1), default: "0.9", help: "what is kept of the last step"),
    Parameter("weight_decay", .real(0...1), default: "0", help: "how much weights shrink"),
    Parameter(
      "stop_loss", .real(0...Double.greatestFiniteMagnitude), isOptional: true,
      help: "stop after an epoch whose mean loss is at most this"),
    Parameter(
      "label_noise", .real(0...1), default: "0",
      help: "the share of labels drawn anew before training"),
  ]
}

extension TrainingSettings {
  /// What a call of `train` asks for.
  init(_ call: Invocation) {
    self.init()
    epochs = call.integer("epochs")
    batch = call.integer("batch")
    learningRate = call.real("lr")
    schedule = Schedule(rawValue: call.text("schedule")) ?? .fixed
    momentum = call.real("momentum")
    weightDecay = call.real("weight_decay")
    stopLoss = call.realIfGiven("stop_loss")
    labelNoise = call.real("label_noise")
  }
}
