using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>
/// The side that is asked: it joins the relay, answers with its candidates, and connects when the caller does.
/// </summary>
/// <param name="plan">With the candidates of the caller's request, and no addresses of the LAN.</param>
/// <param name="relay">Whether the directory offers a relay.</param>
internal sealed class CalleePathMachine(PathPlan plan, bool relay, PathOptions options, TimeSpan now)
    : PathMachine(plan, options, now)
{
    private bool _isPunching;
    private bool _isAnswered;
    private TimeSpan _deadline;
    private TimeSpan? _waitsUntil;

    protected override TimeSpan? OwnDeadline => _isAnswered ? _waitsUntil : _deadline;

    protected override bool IsExhausted => _isAnswered && !_isPunching;

    /// <summary>Records that the answer has been posted. The first try begins.</summary>
    public IReadOnlyList<PathEffect> AnswerPosted(TimeSpan now) => Step(now, () =>
        {
            if (_isAnswered)
            {
                return;
            }

            _isAnswered = true;
            if (_isPunching && Tries.Try == 0)
            {
                BeginTry(1, now);
            }
        });

    /// <summary>Handles the caller's signal <c>start</c>. The last try, if it still runs, has failed.</summary>
    public IReadOnlyList<PathEffect> StartReceived(int tryNumber, TimeSpan now) => Step(now, () =>
        {
            if (_isPunching && tryNumber > Tries.Try && tryNumber <= Output.Options.MaxTries)
            {
                Tries.Stop(PathOutcome.TimedOut, now);
                BeginTry(tryNumber, now);
            }
        });

    protected override void Begin(TimeSpan now)
    {
        // Before the relay, which would take the open connection to the directory: the caller waits for the answer.
        _deadline = now + Output.Options.SessionTimeout;
        Output.Add(new PathEffect.PostAnswer());
        if (WantsRelay && relay)
        {
            Relay.Begin(now);
        }
        else if (!Plan.IsUpgrade)
        {
            Relay.Skip(Plan.MayRelay ? PathOutcome.RelayUnavailable : PathOutcome.NotAllowed, now);
        }

        if (Plan.MayPunch)
        {
            var rules = new CandidateRules(Plan.Context, Plan.Endpoints);
            Tries.Prepare(Plan.Endpoints, rules, Plan.Context.Observed, now);
        }

        _isPunching = Tries.IsPossible;
        if (!_isPunching)
        {
            Output.Log.Skip(PathKind.Punched, "", PathOutcome.NotAllowed, now);
        }
    }

    protected override void Advance(TimeSpan now)
    {
        if (!_isAnswered && now >= _deadline)
        {
            LoseSession(PathOutcome.DirectoryUnreachable, now);
        }

        if (_isPunching && _isAnswered && Tries.IsIdle)
        {
            AwaitStart(now);
        }
    }

    protected override void CloseSession(TimeSpan now)
    {
        (_isAnswered, _isPunching, _waitsUntil) = (true, false, null);
    }

    private void AwaitStart(TimeSpan now)
    {
        _waitsUntil ??= now + Output.Options.StartTimeout;
        if (Tries.HasAuthenticated || Tries.Try == Output.Options.MaxTries || now >= _waitsUntil)
        {
            (_isPunching, _waitsUntil) = (false, null);
        }
    }

    private void BeginTry(int tryNumber, TimeSpan now)
    {
        _waitsUntil = null;
        Tries.Begin(tryNumber, now);
    }
}
