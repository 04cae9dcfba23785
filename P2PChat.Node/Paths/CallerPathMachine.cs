using System.Net;
using P2PChat.Node.Model;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Paths;

/// <summary>
/// The side that asks: it dials the addresses, and if none has authenticated soon, opens a session for the relay and
/// for simultaneous opens, whose timing it commands.
/// </summary>
internal sealed class CallerPathMachine : PathMachine
{
    private readonly DirectRace _race;
    private readonly TimeSpan _latestSession;
    private Phase _phase;
    private TimeSpan _deadline;
    private TimeSpan _postedAt;
    private TimeSpan _roundTrip;
    private TimeSpan? _nextTryAt;
    private bool _isRelayTested;

    public CallerPathMachine(PathPlan plan, PathOptions options, TimeSpan now)
        : base(plan, options, now)
    {
        _race = new DirectRace(plan, Output);
        _latestSession = now + options.SessionDelay;
        _phase = OffersCandidates || WantsRelay ? Phase.NotOpened : Phase.Closed;
        Add(_race);
    }

    private enum Phase
    {
        NotOpened,
        Opening,
        AwaitsAnswer,
        TestingRelay,
        Punching,
        Closed,
    }

    protected override TimeSpan? OwnDeadline =>
        _phase switch
        {
            Phase.NotOpened => SessionAt,
            Phase.Opening or Phase.AwaitsAnswer => _deadline,
            Phase.Punching => _nextTryAt,
            _ => null,
        };

    protected override bool IsExhausted => _phase == Phase.Closed;

    private TimeSpan SessionAt
    {
        get
        {
            var silent = _race.SilentSince + Output.Options.SilenceDelay;
            return silent < _latestSession ? silent.Value : _latestSession;
        }
    }

    // Without candidates the callee neither connects nor waits for connections.
    private bool OffersCandidates => Plan.MayPunch && !PrefersRelay;

    private bool PrefersRelay => Plan.PrefersRelay && !Plan.IsTest;

    // A callee that has a punched link drops its relay leg, so a test has one session for each.
    private bool IsRelayTest => Plan.IsTest && WantsRelay && !_isRelayTested;

    /// <summary>Handles the result of a <see cref="PathEffect.Resolve"/>.</summary>
    /// <param name="addresses">Empty if the lookup failed.</param>
    public IReadOnlyList<PathEffect> Resolved(int lookup, IReadOnlyList<IPAddress> addresses, TimeSpan now) =>
        Step(now, () => _race.Resolved(lookup, addresses, now));

    /// <summary>Records that the directory has opened the session.</summary>
    /// <param name="relay">Whether the directory offers a relay.</param>
    public IReadOnlyList<PathEffect> SessionOpened(bool relay, TimeSpan now) => Step(now, () =>
        {
            if (_phase != Phase.Opening)
            {
                return;
            }

            (_phase, _deadline) = (Phase.AwaitsAnswer, now + Output.Options.AnswerTimeout);
            if (WantsRelay && !_isRelayTested)
            {
                StartRelay(relay, now);
            }
        });

    /// <summary>Handles the callee's answer, whose signature has been verified.</summary>
    /// <param name="observed">The address from which the directory saw the callee's registration, if known.</param>
    public IReadOnlyList<PathEffect> Answered(IReadOnlyList<Endpoint> candidates, IPAddress? observed, TimeSpan now) =>
        Step(now, () =>
        {
            if (_phase == Phase.AwaitsAnswer)
            {
                StartTries(candidates, observed ?? Plan.Context.Observed, now);
            }
        });

    protected override void Begin(TimeSpan now)
    {
        if (!Plan.MayPunch)
        {
            Output.Log.Skip(PathKind.Punched, "", PathOutcome.NotAllowed, now);
        }

        if (!Plan.MayRelay && !Plan.IsUpgrade)
        {
            Relay.Skip(PathOutcome.NotAllowed, now);
        }

        if (!PrefersRelay)
        {
            _race.Start(now);
        }
    }

    protected override void Advance(TimeSpan now)
    {
        if (_phase == Phase.TestingRelay && Relay.IsIdle)
        {
            (_phase, _isRelayTested) = (OffersCandidates ? Phase.NotOpened : Phase.Closed, true);
        }

        if (_phase == Phase.NotOpened && (now >= SessionAt || _race.IsIdle))
        {
            (_phase, _postedAt, _deadline) = (Phase.Opening, now, now + Output.Options.SessionTimeout);
            Output.Add(new PathEffect.OpenSession(OffersCandidates && !IsRelayTest, WantsRelay && !_isRelayTested));
            if (OffersCandidates && !Plan.IsTest)
            {
                Tries.Await();
            }
        }

        if (_phase == Phase.Opening && now >= _deadline)
        {
            LoseSession(PathOutcome.DirectoryUnreachable, now);
        }

        // The callee may still join the relay, because only its answer may have been lost.
        if (_phase == Phase.AwaitsAnswer && now >= _deadline)
        {
            SkipTries(PathOutcome.NoAnswer, now);
        }

        if (_phase == Phase.Punching)
        {
            AdvanceTries(now);
        }

        if (_phase == Phase.Closed && Chosen is null && !Plan.IsTest)
        {
            DialLast(now);
        }
    }

    protected override void CloseSession(TimeSpan now)
    {
        _phase = Phase.Closed;
        _nextTryAt = null;
    }

    private void DialLast(TimeSpan now)
    {
        if (!_race.IsStarted && Relay.IsIdle)
        {
            _race.Start(now);
        }
        else if (_race.IsStarted && _race.IsIdle)
        {
            _race.DialAgain(now);
        }
    }

    private void StartRelay(bool isOffered, TimeSpan now)
    {
        if (isOffered)
        {
            Relay.Begin(now);
        }
        else
        {
            Relay.Skip(PathOutcome.RelayUnavailable, now);
        }
    }

    private void StartTries(IReadOnlyList<Endpoint> candidates, IPAddress? observed, TimeSpan now)
    {
        if (IsRelayTest)
        {
            _phase = Phase.TestingRelay;
            return;
        }

        if (!OffersCandidates)
        {
            CloseSession(now);
            return;
        }

        var context = Plan.Context with { Observed = observed };
        Tries.Prepare(candidates, new CandidateRules(context, [.. Plan.Endpoints, .. candidates]), observed, now);
        if (!Tries.IsPossible)
        {
            SkipTries(candidates.Count == 0 ? PathOutcome.NotAllowed : PathOutcome.NotRoutable, now);
            return;
        }

        (_phase, _roundTrip) = (Phase.Punching, now - _postedAt);
        Tries.Begin(1, now);
    }

    private void SkipTries(PathOutcome outcome, TimeSpan now)
    {
        CloseSession(now);
        if (Plan.MayPunch)
        {
            Output.Log.Skip(PathKind.Punched, "", outcome, now);
        }
    }

    // The signal takes half a round trip to the callee, which starts when it arrives.
    private void AdvanceTries(TimeSpan now)
    {
        if (!Tries.IsIdle)
        {
            return;
        }

        var next = Tries.Try + 1;
        if (Tries.HasAuthenticated || next > Output.Options.MaxTries)
        {
            CloseSession(now);
        }
        else if (_nextTryAt is null)
        {
            _nextTryAt = now + _roundTrip / 2;
            Output.Add(new PathEffect.PostStart(next));
        }
        else if (now >= _nextTryAt)
        {
            _nextTryAt = null;
            Tries.Begin(next, now);
        }
    }
}
