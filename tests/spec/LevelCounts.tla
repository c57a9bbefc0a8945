----------------------------- MODULE LevelCounts -----------------------------
(***************************************************************************)
(* The two-step write under counts, the tick, control writes, and          *)
(* announcements, with processes that are killed, writes that are lost,    *)
(* late or arrive twice.                                                   *)
(*                                                                         *)
(* A write is applied at once, at any time after it was sent, so delay and *)
(* reordering are the order of the steps, and a stale read is an early     *)
(* one. A killed process whose write still arrives is one that was killed  *)
(* after it. Faults and repeats have budgets: between them all is well.    *)
(*                                                                         *)
(* Mutant names one part that is left out, to show what it is there for.   *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS Outcomes, ErrorsToDegrade, ErrorsToMaintenance, Needed,
          Faults, Repeats, Operations, Mutant

VARIABLES row,      \* the level row
          actors,   \* where each process is, and what it knows
          history,  \* the epochs that the history item tells
          told,     \* the epochs that were published
          changes,  \* ghost: every change of level that there was, by its epoch
          counted,  \* ghost: how often each outcome was counted
          left,     \* ghost: faults, repeats and operations still to come
          well      \* whether the degraded face always answers its probe; else it may

vars == <<row, actors, history, told, changes, counted, left, well>>

M(name) == Mutant = name
Actors == Outcomes \union {"ticker", "operator"}
Perms == Permutations(Outcomes)

Entry(level) == CASE level = 1 -> 0
                  [] level = 2 -> ErrorsToDegrade
                  [] level = 3 -> ErrorsToMaintenance
Most(level) == IF level = 1 THEN ErrorsToDegrade ELSE ErrorsToMaintenance

Idle(a) == [pc |-> IF a \in Outcomes THEN "done" ELSE "rest", level |-> 0, epoch |-> 0,
            result |-> "none", move |-> "none", to |-> 0, tells |-> {}, writes |-> 0, tries |-> 0]

Row(level, errors, successes, pin) ==
  [level |-> level, errors |-> errors, successes |-> successes, epoch |-> 0,
   pin |-> pin, from |-> level, marked |-> 0]

\* Healthy, one below each threshold, overdue, and where a pin has run out.
Starts ==
  LET D == ErrorsToDegrade  X == ErrorsToMaintenance  N == Needed IN
  {Row(1, 0, 0, "no"), Row(1, D - 1, N - 1, "no"), Row(1, D, 0, "no"), Row(1, D - 1, N, "no"),
   Row(2, X - 1, N - 1, "no"), Row(2, X, 0, "no"), Row(2, D, N, "no"),
   Row(3, X, N - 1, "no"), Row(3, X, N, "no"),
   Row(1, D - 1, N - 1, "over"), Row(2, X - 1, N - 1, "over"), Row(3, X, N - 1, "over")}

Init ==
  /\ row \in Starts
  /\ actors = [a \in Actors |-> IF a \in Outcomes THEN [Idle(a) EXCEPT !.pc = "new"] ELSE Idle(a)]
  /\ history = {} /\ told = {} /\ changes = {}
  /\ counted = [a \in Actors |-> 0]
  /\ left = [faults |-> Faults, repeats |-> Repeats, operations |-> Operations, again |-> {}]
  /\ well = FALSE

(***************************************************************************)
(* The rules: lib/level/evaluate.ts.                                       *)
(***************************************************************************)
Verdict(r) ==
  IF r.level < 3 /\ r.errors >= Most(r.level) THEN [move |-> "down", to |-> IF M("SkipsALevel") THEN 3 ELSE r.level + 1]
  ELSE IF r.successes < Needed THEN [move |-> "none", to |-> 0]
  ELSE IF r.level > 1 THEN [move |-> "up", to |-> r.level - 1]
  ELSE IF r.errors > 0 THEN [move |-> "clear", to |-> 1]
  ELSE [move |-> "none", to |-> 0]

Due(r) == r.pin # "held" /\ Verdict(r).move # "none"

Begin(r, to, epoch) ==
  [r EXCEPT !.level = to,
            !.errors = IF M("NoEntryConstants") THEN r.errors ELSE Entry(to),
            !.successes = 0, !.epoch = epoch, !.from = r.level]

(***************************************************************************)
(* Step 1: one outcome is counted under its fence. lib/level/observe.ts.   *)
(***************************************************************************)
SeenAt(a) == IF actors[a].level = 0 THEN [level |-> 1, epoch |-> 0]
             ELSE [level |-> actors[a].level, epoch |-> actors[a].epoch]

Fence(a, r) ==
  /\ M("NoLevelInFence") \/ SeenAt(a).level = r.level
  /\ M("NoEpochInFence") \/ SeenAt(a).epoch = r.epoch
  /\ M("CountsWhilePinned") \/ r.pin # "held"
  /\ M("ExpiredPinBlocks") => r.pin = "no"

IsWorth(a, r) ==
  /\ SeenAt(a).level = 1 /\ actors[a].result = "success" => r.errors > 0
  /\ M("CapInObserve") /\ actors[a].result = "error" /\ r.level < 3 => r.errors < Most(r.level)

Observed(a, r) ==
  IF actors[a].result = "error"
  THEN [r EXCEPT !.errors = IF SeenAt(a).level = 3 THEN @ ELSE @ + 1,
                 !.successes = IF M("ErrorKeepsStreak") THEN @ ELSE 0]
  ELSE [r EXCEPT !.successes = @ + 1]

End(a) == actors' = [actors EXCEPT ![a] = Idle(a)]

\* What follows the answer: nothing, or the write that the verdict calls for.
Judge(a, r) ==
  LET v == Verdict(r) IN
  IF v.move = "none" THEN IF a = "ticker" THEN [Idle(a) EXCEPT !.pc = "heal"] ELSE Idle(a)
  ELSE [actors[a] EXCEPT !.pc = "move", !.level = r.level, !.epoch = r.epoch,
                         !.move = v.move, !.to = v.to, !.writes = @ + 1]

Read(a) ==
  /\ actors[a].pc = "new"
  /\ \E result \in {"success", "error"} :
       IF (row.pin = "held" /\ ~M("CountsWhilePinned"))
          \/ (row.level = 1 /\ row.errors = 0 /\ result = "success")
       THEN End(a)
       ELSE actors' = [actors EXCEPT ![a] = [Idle(a) EXCEPT !.pc = "send", !.level = row.level,
                         !.epoch = row.epoch, !.result = result, !.writes = 1]]
  /\ UNCHANGED <<row, history, told, changes, counted, left, well>>

\* The state read fails: the request is served, and nothing is recorded.
ReadFails(a) ==
  /\ actors[a].pc = "new"
  /\ IF M("RecordsUnread")
     THEN actors' = [actors EXCEPT ![a] = [Idle(a) EXCEPT !.pc = "send", !.result = "error"]]
     ELSE End(a)
  /\ UNCHANGED <<row, history, told, changes, counted, left, well>>

Observe(a) ==
  /\ actors[a].pc = "send"
  /\ IF Fence(a, row) /\ IsWorth(a, row)
     THEN /\ row' = Observed(a, row)
          /\ counted' = [counted EXCEPT ![a] = @ + 1]
          /\ \/ actors' = [actors EXCEPT ![a] = Judge(a, row')]
             \/ M("RepeatsUnknown") /\ counted[a] < 2 /\ UNCHANGED actors
     ELSE /\ actors' = [actors EXCEPT ![a] = IF a = "ticker" THEN [Idle(a) EXCEPT !.pc = "heal"]
                                             ELSE Idle(a)]
          /\ UNCHANGED <<row, counted>>
  /\ UNCHANGED <<history, told, changes, left, well>>

(***************************************************************************)
(* Step 3: the transition, with its evidence. lib/level/writes.ts.         *)
(***************************************************************************)
HasEvidence(w, r) ==
  CASE w.move = "down" -> M("NoEvidenceInMove") \/ r.errors >= Most(w.level)
    [] w.move = "up" -> M("NoEvidenceInMove") \/ r.successes >= Needed
    [] w.move = "clear" -> M("NoEvidenceInClear") \/ r.successes >= Needed
    [] OTHER -> TRUE

Moved(w, r) ==
  CASE w.move = "clear" -> [r EXCEPT !.errors = 0, !.successes = 0]
    [] w.move = "expire" -> [r EXCEPT !.pin = "no", !.epoch = @ + 1, !.from = r.level]
    [] OTHER -> [Begin(r, w.to, IF M("NoNewEpoch") THEN r.epoch ELSE w.epoch + 1)
                   EXCEPT !.pin = "no"]

MayMove(w, r) ==
  /\ w.level = r.level
  /\ M("NoEpochInMove") \/ w.epoch = r.epoch
  /\ r.pin # "held"
  /\ HasEvidence(w, r)

Changed(before, after) ==
  IF after.level = before.level THEN changes
  ELSE changes \union {[epoch |-> after.epoch, from |-> before.level, to |-> after.level]}

\* What is to be told after a write: what the row did not mark, as it was then.
AfterChange(a, before) == [Idle(a) EXCEPT !.pc = "history", !.epoch = before.epoch,
                                          !.tells = {before.marked}]

Move(a) ==
  /\ actors[a].pc = "move"
  /\ IF MayMove(actors[a], row)
     THEN /\ row' = Moved(actors[a], row)
          /\ changes' = Changed(row, row')
          /\ actors' = [actors EXCEPT ![a] = IF actors[a].move = "clear" THEN Idle(a)
                                             ELSE AfterChange(a, row)]
          /\ \/ UNCHANGED left
             \/ /\ left.repeats > 0
                /\ left' = [left EXCEPT !.repeats = @ - 1, !.again = {actors[a]}]
     ELSE /\ actors' = [actors EXCEPT ![a] = IF M("RetryLoop") /\ actors[a].writes < 3
                                             THEN Judge(a, row) ELSE Idle(a)]
          /\ UNCHANGED <<row, changes, left>>
  /\ UNCHANGED <<history, told, counted, well>>

\* The same write arrives again, whenever it may.
Again ==
  /\ left.again # {}
  /\ \E w \in left.again :
       /\ row' = IF MayMove(w, row) THEN Moved(w, row) ELSE row
       /\ changes' = Changed(row, row')
  /\ left' = [left EXCEPT !.again = {}]
  /\ UNCHANGED <<actors, history, told, counted, well>>

(***************************************************************************)
(* The tick: it probes at level 3, ends a pin that has run out, finishes   *)
(* what a crash left, and tells what was not told.                         *)
(***************************************************************************)
TickRead ==
  /\ actors["ticker"].pc = "rest"
  /\ counted' = [counted EXCEPT !["ticker"] = 0]
  /\ \E result \in {"success", "error"} :
       /\ well => result = "success"
       /\ actors' = [actors EXCEPT !["ticker"] =
            IF row.level = 3 /\ row.pin = "no" /\ ~M("TickNeverProbes")
            THEN [Idle("ticker") EXCEPT !.pc = "send", !.level = 3, !.epoch = row.epoch,
                                        !.writes = 1, !.result = result]
            ELSE [Idle("ticker") EXCEPT !.pc = "heal"]]
  /\ UNCHANGED <<row, history, told, changes, left, well>>

Untold(r, epochs) ==
  {e \in epochs \union {r.epoch} : e > r.marked /\ \E c \in changes : c.epoch = e}

TickHeal ==
  /\ actors["ticker"].pc = "heal"
  /\ LET v == Verdict(row)
         a == [Idle("ticker") EXCEPT !.level = row.level, !.epoch = row.epoch, !.writes = 1]
         tells == IF M("NeverTellsAgain") THEN {} ELSE Untold(row, history)
     IN actors' = [actors EXCEPT !["ticker"] =
          IF row.pin = "over" /\ ~M("TickKeepsPin")
          THEN [a EXCEPT !.pc = "move", !.move = "expire", !.to = row.level]
          ELSE IF row.pin # "held" /\ v.move # "none" /\ ~M("TickNeverHeals")
          THEN [a EXCEPT !.pc = "move", !.move = v.move, !.to = v.to]
          ELSE IF tells # {} THEN [Idle("ticker") EXCEPT !.pc = "tell", !.tells = tells]
          ELSE Idle("ticker")]
  /\ UNCHANGED <<row, history, told, changes, counted, left, well>>

(***************************************************************************)
(* Announcing: the history, one publication, the mark.                     *)
(* lib/store/record-outcome.ts (settledBy), lib/events/announce.ts.        *)
(***************************************************************************)
\* The change is added, and the one before it that the row told of.
AddHistory(a) ==
  /\ actors[a].pc = "history"
  /\ LET began == actors[a].epoch + 1
         added == IF M("AddsOwnAlone") THEN {began} ELSE {began, actors[a].epoch}
         marked == CHOOSE m \in actors[a].tells : TRUE
         new == {e \in history \union added : e > marked /\ \E c \in changes : c.epoch = e}
     IN /\ history' = history \union {e \in added : \E c \in changes : c.epoch = e}
        /\ actors' = [actors EXCEPT ![a] = IF new = {} THEN Idle(a)
                        ELSE [Idle(a) EXCEPT !.pc = IF M("MarksFirst") THEN "mark" ELSE "tell",
                                             !.tells = new]]
  /\ UNCHANGED <<row, told, changes, counted, left, well>>

Tell(a) ==
  /\ actors[a].pc = "tell"
  /\ told' = told \union actors[a].tells
  /\ IF M("MarksFirst") THEN End(a)
     ELSE actors' = [actors EXCEPT ![a] = [@ EXCEPT !.pc = "mark"]]
  /\ UNCHANGED <<row, history, changes, counted, left, well>>

Mark(a) ==
  /\ actors[a].pc = "mark"
  /\ LET last == CHOOSE e \in actors[a].tells : \A o \in actors[a].tells : o <= e
     IN row' = [row EXCEPT !.marked = IF M("MarkGoesBack") \/ @ < last THEN last ELSE @]
  /\ IF M("MarksFirst") THEN actors' = [actors EXCEPT ![a] = [@ EXCEPT !.pc = "tell"]]
     ELSE End(a)
  /\ UNCHANGED <<history, told, changes, counted, left, well>>

(***************************************************************************)
(* Control writes: a read and a write under what was read, three tries.    *)
(* lib/store/control.ts. An edit by hand keeps the epoch.                  *)
(***************************************************************************)
Kinds == {"pin", "release", "reset", "policy", "edit"}

ControlRead ==
  /\ actors["operator"].pc = "rest" /\ left.operations > 0
  /\ \E kind \in Kinds, to \in 1..3 :
       /\ to \in (CASE kind = "pin" -> {1, 3} [] kind = "edit" -> {2} [] OTHER -> {1})
       /\ actors' = [actors EXCEPT !["operator"] = [Idle("operator") EXCEPT !.pc = "control",
            !.level = row.level, !.epoch = row.epoch, !.move = kind, !.to = to, !.tries = 1]]
  /\ left' = [left EXCEPT !.operations = @ - 1]
  /\ UNCHANGED <<row, history, told, changes, counted, well>>

Controlled(kind, to, epoch) ==
  CASE kind = "pin" -> [Begin(row, to, epoch + 1) EXCEPT !.pin = "held"]
    [] kind = "reset" -> [Begin(row, 1, IF M("ResetDeletes") THEN 0 ELSE epoch + 1) EXCEPT !.pin = "no"]
    [] kind = "policy" -> Begin(row, row.level, epoch + 1)
    [] kind = "release" -> [row EXCEPT !.pin = "no", !.epoch = epoch + 1, !.from = row.level]
    [] kind = "edit" -> [row EXCEPT !.level = to, !.errors = Entry(to), !.successes = 0]

Control ==
  /\ actors["operator"].pc = "control"
  /\ LET o == actors["operator"]
         isSame == o.level = row.level /\ o.epoch = row.epoch
         again == [o EXCEPT !.level = row.level, !.epoch = row.epoch, !.tries = @ + 1]
     IN IF isSame \/ o.move = "edit" \/ M("UnfencedControl")
        THEN /\ row' = IF o.move = "release" /\ row.pin = "no" THEN row
                       ELSE Controlled(o.move, o.to, o.epoch)
             /\ changes' = IF o.move = "edit" THEN changes ELSE Changed(row, row')
             /\ actors' = [actors EXCEPT !["operator"] =
                             IF row'.epoch = row.epoch THEN Idle("operator")
                             ELSE AfterChange("operator", row)]
        ELSE /\ actors' = [actors EXCEPT !["operator"] =
                             IF o.tries < 3 \/ (M("TriesForEver") /\ o.tries < 4) THEN again
                             ELSE Idle("operator")]
             /\ UNCHANGED <<row, changes>>
  /\ UNCHANGED <<history, told, counted, left, well>>

PinRunsOut ==
  /\ row.pin = "held"
  /\ row' = [row EXCEPT !.pin = "over"]
  /\ UNCHANGED <<actors, history, told, changes, counted, left, well>>

(***************************************************************************)
(* Faults: a process is gone, or what it sent is.                          *)
(***************************************************************************)
Killed(a) ==
  /\ actors[a].pc \in {"send", "move", "heal", "history", "tell", "mark", "control"}
  /\ left.faults > 0
  /\ left' = [left EXCEPT !.faults = @ - 1]
  /\ End(a)
  /\ UNCHANGED <<row, history, told, changes, counted, well>>

GetsWell ==
  /\ ~well /\ well' = TRUE
  /\ UNCHANGED <<row, actors, history, told, changes, counted, left>>

Step(a) == Read(a) \/ ReadFails(a) \/ Observe(a) \/ Move(a) \/ AddHistory(a) \/ Tell(a) \/ Mark(a)
Ticks == Step("ticker") \/ TickRead \/ TickHeal
Operates == Step("operator") \/ Control
Next ==
  \/ \E a \in Outcomes : Step(a)
  \/ Ticks \/ Operates \/ ControlRead \/ PinRunsOut \/ Again
  \/ \E a \in Actors : Killed(a)

Spec == Init /\ [][Next]_vars
FairSpec == Init /\ [][Next \/ GetsWell]_vars /\ WF_vars(Ticks) /\ WF_vars(Operates) /\ WF_vars(GetsWell)
                 /\ \A a \in Outcomes : WF_vars(Step(a))

(***************************************************************************)
(* What must be true, by name. Each has a mutant that it fails for.        *)
(***************************************************************************)
TypeOK ==
  /\ row.level \in 1..3 /\ row.pin \in {"no", "held", "over"}
  /\ row.epoch \in Nat /\ row.errors \in Nat /\ row.successes \in Nat /\ row.marked \in Nat

CountedAtMostOnce == \A a \in Actors : counted[a] <= 1
AtMostTwoWrites == \A a \in Actors : actors[a].writes <= 2
AtMostThreeTries == actors["operator"].tries <= 3
OneChangePerEpoch == \A c, d \in changes : c.epoch = d.epoch => c = d
\* A mark may be ahead of one who is on the way to tell.
IsToBeTold(e) == \E a \in Actors :
  \/ actors[a].pc = "tell" /\ e \in actors[a].tells
  \/ actors[a].pc = "history" /\ e \in {actors[a].epoch, actors[a].epoch + 1}
     /\ \A marked \in actors[a].tells : marked < e
MarkedIsTold == \A c \in changes : c.epoch <= row.marked => c.epoch \in told \/ IsToBeTold(c.epoch)

IsControl == actors["operator"].pc = "control"
             /\ (actors["operator"] # actors'["operator"])
Counts(a) == counted'[a] > counted[a]

EvidenceInItsFence == [][\A a \in Actors : Counts(a) =>
  /\ row.level = SeenAt(a).level /\ row.epoch = SeenAt(a).epoch]_vars
UnreadCountsNothing == [][\A a \in Actors : Counts(a) => actors[a].level # 0]_vars
CountsAsItself == [][\A a \in Actors : Counts(a) =>
  row' = [row EXCEPT
    !.errors = IF actors[a].result = "error" /\ row.level < 3 THEN @ + 1 ELSE @,
    !.successes = IF actors[a].result = "error" THEN 0 ELSE @ + 1]]_vars
NoEvidenceIsLost == [][\A a \in Actors :
  (actors[a].pc = "send" /\ actors[a] # actors'[a] /\ left' = left
    /\ row.level = actors[a].level /\ row.epoch = actors[a].epoch /\ row.pin # "held"
    /\ (row.level > 1 \/ actors[a].result = "error" \/ row.errors > 0)) => Counts(a)]_vars
PinHolds == [][(row.pin = "held" /\ ~IsControl) =>
  \/ row' = row
  \/ row' = [row EXCEPT !.pin = "over"]
  \/ row' = [row EXCEPT !.marked = row'.marked]]_vars
EpochGrowsByOne == [][
  /\ row'.epoch \in {row.epoch, row.epoch + 1}
  /\ row'.level # row.level =>
       row'.epoch = row.epoch + 1 \/ (IsControl /\ actors["operator"].move = "edit")]_vars
EntryCounters == [][row'.level # row.level =>
  row'.errors = Entry(row'.level) /\ row'.successes = 0]_vars
OneLevelAtATime == [][~IsControl => row'.level - row.level \in -1..1]_vars
MovesHaveEvidence == [][(row'.level # row.level /\ ~IsControl) =>
  \/ row'.level > row.level /\ row.errors >= Most(row.level)
  \/ row'.level < row.level /\ row.successes >= Needed]_vars
ClearHasEvidence == [][(row'.level = row.level /\ row'.errors < row.errors /\ ~IsControl) =>
  row.level = 1 /\ row.successes >= Needed]_vars
ControlSeesItsRow == [][(IsControl /\ row' # row /\ actors["operator"].move # "edit") =>
  row.level = actors["operator"].level /\ row.epoch = actors["operator"].epoch]_vars
MarkNeverGoesBack == [][row'.marked >= row.marked]_vars

NothingStaysDue == Due(row) ~> (~Due(row))
MaintenanceEnds == (row.level = 3 /\ row.pin # "held") ~> (row.level # 3 \/ row.pin = "held")
PinsThatRanOutGo == (row.pin = "over") ~> (row.pin # "over")
EveryChangeIsTold ==
  \A e \in 1..6 : (\E c \in changes : c.epoch = e) ~> (e \in told)
=============================================================================
