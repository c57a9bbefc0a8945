------------------------------ MODULE LevelRate ------------------------------
(***************************************************************************)
(* The protocol under a rate: the watch and its window, the settle, the    *)
(* fall, the dwell, the ramp and the probe's election, in time.            *)
(*                                                                         *)
(* Time is relative: each wait is what is left of it, and Clock takes one  *)
(* from all. A fence on an epoch, on the begin of a step or on the time of *)
(* the next probe asks whether that has changed since it was read: each    *)
(* process has a flag for each, that a change clears. So there is no end   *)
(* of time and no end of falls, in finitely many states. Counts stand at   *)
(* Most and go no further; two slots of a window are one that Clock        *)
(* empties. The share of counted outcomes, the shield and the dice have no *)
(* part in this: they move nothing.                                        *)
(*                                                                         *)
(* Mutant names one part that is left out, to show what it is there for.   *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS Outcomes, Lives, Faults, Controls, Mutant

MinRequests == 2    \* before a rate means anything
MinErrors == 2
RunLimit == 2       \* errors in a row that fall without a rate
WatchFor == 1
SettleFor == 1
DwellFor == 1
Steps == 2          \* of the ramp
StepRequests == 2
Lasts == 2          \* a step as old as this is judged by what there is
Interval == 2       \* of probes
Probes == 2         \* that lead out of maintenance
Most == 2
Never == 9

VARIABLES row, actors, left,
          fresh,        \* ghost: successes of the full face since the last fall, to Steps
          sinceProbe,   \* ghost: time since the last claim that was won, to Interval
          wellFull, wellDegraded

vars == <<row, actors, left, fresh, sinceProbe, wellFull, wellDegraded>>
world == <<wellFull, wellDegraded>>

M(name) == Mutant = name
Actors == Outcomes \union {"ticker"}
Perms == Permutations(Outcomes)
Watch == IF M("WatchesForEver") THEN Never ELSE WatchFor
Min(a, b) == IF a < b THEN a ELSE b
Less(wait) == IF wait = Never \/ wait = 0 THEN wait ELSE wait - 1

Idle(a) == [pc |-> IF a = "ticker" THEN "rest" ELSE "new", kind |-> "none", ok |-> FALSE,
            watched |-> FALSE, move |-> "none", errors |-> 0,
            epoch |-> FALSE, step |-> FALSE, probe |-> FALSE]

Clean == [level |-> 1, run |-> 0, bad |-> 0, good |-> 0, watch |-> 0, settle |-> 0,
          quiet |-> 0, at |-> 0, age |-> 0, cOk |-> 0, cErr |-> 0,
          next |-> 0, probes |-> 0]

Fallen(to) ==
  [Clean EXCEPT !.level = to, !.quiet = IF M("DwellsForEver") THEN Never ELSE DwellFor,
                !.watch = IF to = 3 THEN 0 ELSE Watch,
                !.settle = IF to = 2 THEN SettleFor ELSE 0,
                !.next = IF to = 3 THEN Interval ELSE 0]

Init ==
  /\ row \in {Clean, [Clean EXCEPT !.watch = WatchFor, !.run = 1], Fallen(2),
              [Fallen(2) EXCEPT !.quiet = 0, !.watch = 0, !.settle = 0, !.cOk = 1, !.age = 1],
              Fallen(3), [Fallen(3) EXCEPT !.next = 0, !.probes = 1]}
  /\ actors = [a \in Actors |-> Idle(a)]
  /\ left = [lives |-> Lives, faults |-> Faults, controls |-> Controls]
  /\ fresh = IF row.cOk > 0 THEN 1 ELSE 0
  /\ sinceProbe = Interval
  /\ wellFull \in BOOLEAN /\ wellDegraded \in BOOLEAN

(***************************************************************************)
(* The rules: lib/level/rate.ts, ramp.ts, evaluate.ts.                     *)
(***************************************************************************)
IsWatching(r) == r.watch > 0 \/ r.run > 0

IsOver(r) ==
  IF r.bad + r.good < MinRequests THEN r.run >= RunLimit
  ELSE r.bad >= MinErrors /\ 2 * r.bad >= r.bad + r.good

Verdict(r) ==
  LET isGood == r.cErr = 0
      isEnough == r.age >= 1 /\ r.cOk >= StepRequests
      isClean == r.age >= Lasts /\ r.cOk >= 1
      isQuiet == r.quiet > 0 /\ ~M("NoDwell")
  IN IF r.level < 3 /\ (r.settle = 0 \/ M("NoSettle")) /\ IsOver(r)
     THEN IF r.bad + r.good < MinRequests THEN "fallByRun" ELSE "fallByRate"
     ELSE IF r.level = 2 /\ ~isQuiet
     THEN IF r.cErr >= 2 \/ (r.age >= Lasts /\ ~isGood /\ ~M("BadStepsWait")) THEN "retreat"
          ELSE IF isGood /\ (isEnough \/ isClean)
          THEN IF r.at + 1 >= Steps THEN "climb" ELSE "step"
          ELSE "none"
     ELSE IF r.level = 3 /\ ~isQuiet /\ r.probes >= Probes THEN "up"
     ELSE "none"

(***************************************************************************)
(* What a change takes from the others: what they read is no more.         *)
(***************************************************************************)
Others(a, new, epoch, step, probe) ==
  [b \in Actors |-> IF b = a THEN new
     ELSE [actors[b] EXCEPT !.epoch = @ /\ ~epoch, !.step = @ /\ ~(epoch \/ step),
                            !.probe = @ /\ ~(epoch \/ probe)]]
Alone(a, new) == [actors EXCEPT ![a] = new]

Seen(a, kind, ok) ==
  [Idle(a) EXCEPT !.pc = "send", !.kind = kind, !.ok = ok, !.watched = IsWatching(row),
                  !.epoch = TRUE, !.step = TRUE, !.probe = TRUE]

\* A request is routed by the row; what the dice say may be either.
Read(a) ==
  /\ actors[a].pc = "new" /\ left.lives > 0
  /\ left' = [left EXCEPT !.lives = @ - 1]
  /\ \/ /\ row.level < 3
        /\ \E ok \in BOOLEAN :
             /\ ok => IsWatching(row) \/ M("CountsUnwatched")
             /\ actors' = Alone(a, Seen(a, "rate", ok))
     \/ /\ row.level = 2 /\ row.quiet = 0
        /\ actors' = Alone(a, Seen(a, "canary", wellFull))
     \/ /\ row.level = 3 /\ (row.next = 0 \/ M("ClaimsEarly"))
        /\ actors' = Alone(a, [Seen(a, "probe", FALSE) EXCEPT !.pc = "claim"])
  /\ UNCHANGED <<row, fresh, sinceProbe, world>>

\* Of those who saw the same time one wins; the claim ends by itself.
Claim(a) ==
  /\ actors[a].pc = "claim"
  /\ IF actors[a].epoch /\ (actors[a].probe \/ M("NoTimeInClaim"))
     THEN /\ row' = [row EXCEPT !.next = IF M("ClaimsForEver") THEN Never ELSE Interval]
          /\ actors' = Others(a, [actors[a] EXCEPT !.pc = "send", !.ok = wellDegraded],
                              FALSE, FALSE, TRUE)
          /\ sinceProbe' = 0
     ELSE /\ actors' = Alone(a, IF a = "ticker" THEN [Idle(a) EXCEPT !.pc = "heal"] ELSE Idle(a))
          /\ UNCHANGED <<row, sinceProbe>>
  /\ UNCHANGED <<left, fresh, world>>

(***************************************************************************)
(* Step 1: lib/level/observe.ts.                                           *)
(***************************************************************************)
Fence(a) ==
  /\ actors[a].epoch \/ M("NoEpoch")
  /\ actors[a].kind = "canary" => actors[a].step \/ M("NoStepInCanary")

ObservedRate(a) ==
  IF ~actors[a].watched /\ ~actors[a].ok
  THEN [row EXCEPT !.watch = Watch, !.settle = SettleFor, !.run = IF @ = 0 THEN 1 ELSE @,
                   !.bad = IF M("FirstErrorCounts") THEN Min(@ + 1, Most) ELSE @]
  ELSE IF actors[a].ok THEN [row EXCEPT !.good = Min(@ + 1, Most), !.run = 0]
  ELSE [row EXCEPT !.bad = Min(@ + 1, Most), !.run = Min(@ + 1, Most), !.watch = Watch]

Observed(a) ==
  CASE actors[a].kind = "rate" -> ObservedRate(a)
    [] actors[a].kind = "canary" ->
         IF actors[a].ok THEN [row EXCEPT !.cOk = Min(@ + 1, Most)]
         ELSE [row EXCEPT !.cErr = Min(@ + 1, Most)]
    [] actors[a].kind = "probe" ->
         [row EXCEPT !.probes = IF actors[a].ok THEN Min(@ + 1, Probes) ELSE 0,
                     !.next = IF @ = Never THEN @ ELSE Interval]

Judge(a, r) ==
  LET v == Verdict(r) IN
  IF v = "none" THEN IF a = "ticker" /\ actors[a].pc = "send"
                     THEN [Idle(a) EXCEPT !.pc = "heal"] ELSE Idle(a)
  ELSE [Idle(a) EXCEPT !.pc = "move", !.move = v, !.errors = r.cErr,
                       !.epoch = TRUE, !.step = TRUE]

Observe(a) ==
  /\ actors[a].pc = "send"
  /\ IF Fence(a)
     THEN /\ row' = Observed(a)
          /\ actors' = Others(a, Judge(a, row'), FALSE, FALSE, actors[a].kind = "probe")
          /\ fresh' = IF actors[a].kind = "canary" /\ actors[a].ok /\ actors[a].epoch /\ actors[a].step
                      THEN Min(fresh + 1, Steps) ELSE fresh
     ELSE /\ actors' = Alone(a, IF a = "ticker" THEN [Idle(a) EXCEPT !.pc = "heal"] ELSE Idle(a))
          /\ UNCHANGED <<row, fresh>>
  /\ UNCHANGED <<left, sinceProbe, world>>

(***************************************************************************)
(* Step 3: lib/level/writes.ts, enter.ts.                                  *)
(***************************************************************************)
MayMove(a) ==
  LET v == actors[a].move IN
  /\ actors[a].epoch
  /\ v = "fallByRun" => row.run >= RunLimit \/ M("NoRunInFall")
  /\ v \in {"step", "climb", "retreat"} => actors[a].step \/ M("NoStepInMove")
  /\ v \in {"step", "climb"} => row.cErr <= actors[a].errors \/ M("NoErrorsInClimb")
  /\ v = "retreat" => row.cErr >= actors[a].errors
  /\ v = "up" => row.probes >= Probes \/ M("NoProbesInMove")

Enter(to) ==
  IF M("FallKeepsRamp") /\ to = 2
  THEN [Fallen(2) EXCEPT !.at = row.at, !.cOk = Most, !.age = Lasts]
  ELSE IF M("FallKeepsRun") THEN [Fallen(to) EXCEPT !.run = row.run] ELSE Fallen(to)

Moved(a) ==
  LET v == actors[a].move IN
  CASE v \in {"fallByRun", "fallByRate"} -> Enter(IF M("SkipsALevel") THEN 3 ELSE row.level + 1)
    [] v = "climb" -> Clean
    [] v = "up" -> [Enter(2) EXCEPT !.watch = 0, !.settle = 0]
    [] v = "step" -> [row EXCEPT !.at = Min(@ + 1, Steps), !.age = 0, !.cErr = 0,
                                 !.cOk = IF M("StepKeepsCanaries") THEN @ ELSE 0]
    [] v = "retreat" -> [row EXCEPT !.at = 0, !.age = 0, !.cOk = 0, !.cErr = 0, !.quiet = DwellFor]

Move(a) ==
  /\ actors[a].pc = "move"
  /\ IF MayMove(a)
     THEN /\ row' = Moved(a)
          /\ actors' = Others(a, Idle(a), row'.level # row.level, TRUE, FALSE)
          /\ fresh' = IF row'.level = row.level /\ row'.at > 0 THEN fresh ELSE 0
     ELSE actors' = Alone(a, Idle(a)) /\ UNCHANGED <<row, fresh>>
  /\ UNCHANGED <<left, sinceProbe, world>>

(***************************************************************************)
(* The tick: it tries what is due, and finishes what is left.              *)
(***************************************************************************)
TickRead ==
  /\ actors["ticker"].pc = "rest"
  /\ actors' = Alone("ticker",
       IF row.level = 3 /\ row.next = 0 /\ ~M("TickNeverProbes")
       THEN [Seen("ticker", "probe", FALSE) EXCEPT !.pc = "claim"]
       ELSE IF row.level = 2 /\ row.quiet = 0 /\ ~M("TickNeverTries")
       THEN Seen("ticker", "canary", wellFull)
       ELSE [Idle("ticker") EXCEPT !.pc = "heal"])
  /\ UNCHANGED <<row, left, fresh, sinceProbe, world>>

TickHeal ==
  /\ actors["ticker"].pc = "heal"
  /\ actors' = Alone("ticker", IF M("TickNeverHeals") THEN Idle("ticker") ELSE Judge("ticker", row))
  /\ UNCHANGED <<row, left, fresh, sinceProbe, world>>

(***************************************************************************)
(* An operator begins an epoch at a level; a process is gone; time.        *)
(***************************************************************************)
Control ==
  /\ left.controls > 0
  /\ \E to \in 1..3 : row' = IF to = 1 THEN Clean ELSE Fallen(to)
  /\ left' = [left EXCEPT !.controls = @ - 1]
  /\ actors' = [b \in Actors |-> [actors[b] EXCEPT !.epoch = FALSE, !.step = FALSE, !.probe = FALSE]]
  /\ fresh' = 0
  /\ UNCHANGED <<sinceProbe, world>>

Killed(a) ==
  /\ actors[a].pc \in {"claim", "send", "move", "heal"} /\ left.faults > 0
  /\ left' = [left EXCEPT !.faults = @ - 1]
  /\ actors' = Alone(a, Idle(a))
  /\ UNCHANGED <<row, fresh, sinceProbe, world>>

Clock ==
  /\ row' = [row EXCEPT !.watch = Less(@), !.settle = Less(@), !.quiet = Less(@), !.next = Less(@),
                        !.age = IF row.level = 2 /\ row.quiet = 0 THEN Min(@ + 1, Lasts) ELSE 0,
                        !.bad = 0, !.good = 0]
  /\ sinceProbe' = Min(sinceProbe + 1, Interval)
  /\ UNCHANGED <<actors, left, fresh, world>>

GetsWell ==
  /\ wellFull' = TRUE /\ wellDegraded' = TRUE
  /\ UNCHANGED <<row, actors, left, fresh, sinceProbe>>

Step(a) == Claim(a) \/ Observe(a) \/ Move(a)
Ticks == Step("ticker") \/ TickRead \/ TickHeal
Next == \/ \E a \in Outcomes : Read(a) \/ Step(a)
        \/ \E a \in Actors : Killed(a)
        \/ Ticks \/ Control \/ Clock \/ GetsWell

Spec == Init /\ [][Next]_vars
FairSpec == Spec /\ WF_vars(Ticks) /\ WF_vars(Clock) /\ WF_vars(GetsWell)
                 /\ \A a \in Outcomes : WF_vars(Step(a))

(***************************************************************************)
(* What must be true, by name. Each has a mutant that it fails for.        *)
(***************************************************************************)
TypeOK == row.level \in 1..3 /\ row.at \in 0..Steps /\ row.cOk \in 0..Most

IsControl == left'.controls < left.controls
Ends(a, pc) == actors[a].pc = pc /\ actors'[a].pc # pc /\ row' # row /\ left' = left
Counted(a) == Ends(a, "send")
MovedBy(a) == Ends(a, "move")
Steps_(a) == MovedBy(a) /\ actors[a].move \in {"step", "climb", "retreat"}
Climbs(a) == MovedBy(a) /\ actors[a].move \in {"step", "climb", "up"}

HealthWritesNothing == [][\A a \in Actors :
  Counted(a) /\ actors[a].kind = "rate" /\ actors[a].ok => actors[a].watched]_vars
FirstErrorOnlyWatches == [][\A a \in Actors :
  Counted(a) /\ actors[a].kind = "rate" /\ ~actors[a].watched => row'.bad = row.bad]_vars
EvidenceInItsEpoch == [][\A a \in Actors : Counted(a) => actors[a].epoch]_vars
CanariesInTheirStep == [][\A a \in Actors :
  Counted(a) /\ actors[a].kind = "canary" => actors[a].step]_vars
SettlesBeforeAVerdict == [][\A a \in Actors :
  (actors'[a].move \in {"fallByRun", "fallByRate"} /\ actors[a].move = "none")
    => row'.settle = 0]_vars
FallsByARunThatIsThere == [][\A a \in Actors :
  MovedBy(a) /\ actors[a].move = "fallByRun" => row.run >= RunLimit]_vars
ClimbsOverNoError == [][\A a \in Actors :
  MovedBy(a) /\ actors[a].move \in {"step", "climb"} => row.cErr = 0]_vars
StepsRestOnThemselves == [][\A a \in Actors : Steps_(a) => actors[a].step]_vars
StepsBeginWithoutEvidence == [][(row'.at # row.at) => row'.cOk = 0 /\ row'.cErr = 0]_vars
DwellsBeforeAClimb == [][\A a \in Actors : Climbs(a) => row.quiet = 0]_vars
LevelOneByFreshEvidence == [][(row'.level = 1 /\ row.level # 1 /\ ~IsControl) =>
  row.level = 2 /\ fresh >= Steps]_vars
LeavesMaintenanceByProbes == [][(row.level = 3 /\ row'.level # 3 /\ ~IsControl) =>
  row'.level = 2 /\ row.probes >= Probes]_vars
LevelsBeginWithoutEvidence == [][row'.level # row.level =>
  row'.run = 0 /\ row'.bad = 0 /\ row'.good = 0 /\ row'.cOk = 0 /\ row'.probes = 0]_vars
OneProbePerInterval == [][sinceProbe' < sinceProbe => sinceProbe = Interval]_vars
OneLevelAtATime == [][~IsControl => row'.level - row.level \in -1..1]_vars

MaintenanceEnds == (row.level = 3) ~> (row.level # 3)
DegradedEnds == (row.level = 2) ~> (row.level # 2)
ServesInFullAgain == <>[](row.level = 1)
WatchesEnd == (row.watch > 0) ~> (row.watch = 0)
=============================================================================
