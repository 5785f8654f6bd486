// Groups of lines: what is typed, then what it is read as.

enum LanguageCases {
  static let legal = #"""
    > train, test = load fashion_mnist
    train, test = load fashion_mnist

    > a,b=train mlp width=512 data=train epochs=10 count=2
    a, b = train mlp width=512 data=train epochs=10 count=2

    > expect (barrier q.networks data=test).error < 0.5%
    expect (barrier q.networks data=test).error < 0.5%

    > p = search sa2 a b data=train steps=50k budget=30min
    p = search sa2 a b data=train steps=50k budget=30min

    > curve a q.networks[2] data=test |> plot
    curve a q.networks[2] data=test |> plot

    > where t (barrier < 5%)
    >   |> sort time # the fast ones
    >
    > # first
    >   |> show as=md
    where t (barrier < 5%) |> sort time |> show as=md

    > expect (max (where t (width == 512)).barrier) < 5% "wide networks connect"
    expect (max (where t (width == 512)).barrier) < 5% "wide networks connect"

    > expect fails E0401 { load nets/no_such_file.h5 }
    expect fails E0401 { load nets/no_such_file.h5 }

    > plot t x=width y=barrier by=m |> export results/width.svg
    plot t x=width y=barrier by=m |> export results/width.svg

    > param steps = 20k in 1..1M "annealing moves per search"
    param steps = 20k in 1..1M "annealing moves per search"

    > for m in [sa2, fd, weight_match] { search m nets data=train }
    for m in [sa2, fd, weight_match] { search m nets data=train }

    > t = sweep width in [32,128], m in methods budget=30min { a = train mlp width=width; row x=(eval a) }
    t = sweep width in [32, 128], m in methods budget=30min {
      a = train mlp width=width
      row x=(eval a)
    }

    > load nets/a.h5:/group/net-1
    load nets/a.h5:/group/net-1

    > load ../a.h5; load /tmp/a.h5; load ~/a.h5; load .
    load ../a.h5
    load /tmp/a.h5
    load ~/a.h5
    load .

    > load "nets/my nets/a.h5"; load 'a{1}.h5'; load (f); load [a.h5, b-2.h5, (c)]
    load "nets/my nets/a.h5"
    load "a\{1}.h5"
    load (f)
    load [a.h5, b-2.h5, (c)]

    > a = train mlp log=runs/1.csv file=x
    a = train mlp log=runs/1.csv file=x

    > save a nets/a.h5
    save a nets/a.h5

    > save a /tmp/a.h5; save p.average ../a.h5; a |> save /tmp/a.h5
    save a /tmp/a.h5
    save p.average ../a.h5
    a |> save /tmp/a.h5

    > a |> save nets/a.h5
    a |> save nets/a.h5

    > help barrier; help E0401; help for
    help barrier
    help E0401
    help for

    > count = 3; count + 1; count - 1; count[1]; count.x; count < 3; count..4; (count); count
    count = 3
    count + 1
    count - 1
    count[1]
    count.x
    count < 3
    count..4
    (count)
    count

    > count -1
    count -1

    > max [1, 2]
    max [1, 2]

    > x = -2 ^ 2; y = (-2) ^ 2; z = 2 ^ 3 ^ -1; w = (2 ^ 3) ^ 1
    x = -2 ^ 2
    y = (-2) ^ 2
    z = 2 ^ 3 ^ -1
    w = (2 ^ 3) ^ 1

    > a - b - c; a - (b - c); (a * b) / c; a * (b + c); -a * b; -(a * b); a-b
    a - b - c
    a - (b - c)
    a * b / c
    a * (b + c)
    -a * b
    -(a * b)
    a - b

    > not a == b and c or d; not (a and b); (not a) == b; not not a
    not a == b and c or d
    not (a and b)
    (not a) == b
    not not a

    > x = 1..1M; y = -1..1; z = (a + 1)..b[2]; w = -3..-1; v = -(1..2); u = 1..2 * 3
    x = 1..1M
    y = -1..1
    z = (a + 1)..b[2]
    w = -3..-1
    v = -(1..2)
    u = 1..2 * 3

    > [1, 2.5, 2e-3, 1.5e+3k, 0.5%, 50k, 3M, 20ms, 5s, 30min, 2h, 64KB, 5MB, 2GB]
    [1, 2.5, 2e-3, 1.5e+3k, 0.5%, 50k, 3M, 20ms, 5s, 30min, 2h, 64KB, 5MB, 2GB]

    > []; [[1, 2], [],]; [yes, no, _, _7, "s"]
    []
    [[1, 2], []]
    [yes, no, _, _7, "s"]

    > x = [1,
    >   2, # two
    >
    >   3]
    x = [1, 2, 3]

    > x = 1 +
    >   2; y =
    >   3
    x = 1 + 2
    y = 3

    > x = (a
    >   < 3
    >   and b)
    x = a < 3 and b

    > a,
    >   b = compare p q
    a, b = compare p q

    > s = "loss {x + 1} of {"in {y}"} \"q\" \{n} \\ \n"
    s = "loss {x + 1} of {"in {y}"} \"q\" \{n} \\ \n"

    > s = 'as "it" stands \n {x}'
    s = "as \"it\" stands \\n \{x}"

    > s = "two
    > lines"
    s = "two\nlines"

    > s = ""; t = ''
    s = ""
    t = ""

    > expect a ~= b within 1e-6 "label {x}"
    expect a ~= b within 1e-6 "label {x}"

    > expect fails { x = 1; y = 2 }
    expect fails {
      x = 1
      y = 2
    }

    > expect fails == 0; expect fails.x > 1; expect (fails)
    expect (fails == 0)
    expect (fails.x > 1)
    expect (fails)

    > for x in [1] { for y in 1..3 { row x=x } }
    for x in [1] {
      for y in 1..3 { row x=x }
    }

    > for x in [] {}
    for x in [] {}

    > for x in xs {
    >   # nothing
    >
    >   a = x  # one
    > ; }
    for x in xs { a = x }

    > barier a b data=test
    barier a b data=test

    > laod nets/a.h5
    laod nets/a.h5

    > p |> plott x=1
    p |> plott x=1

    > x = (y |> sort time)[1].name
    x = (y |> sort time)[1].name

    > p.networks[-1].layers[1].weight
    p.networks[-1].layers[1].weight

    > x == 1
    x == 1

    > ;;  ; a ; ;
    a

    > row barrier=(barrier r.networks data=test).error accuracy=x
    row barrier=(barrier r.networks data=test).error accuracy=x

    > search fd a b start=-1 grid=1..9 k=[1]
    search fd a b start=-1 grid=1..9 k=[1]

    > x = a / b
    x = a / b

    > set on_fail=continue
    set on_fail=continue

    > in_x = expected + format_1 + params
    in_x = expected + format_1 + params
    """#
}
