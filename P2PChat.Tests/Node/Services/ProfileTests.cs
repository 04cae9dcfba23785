using Google.Protobuf;
using P2PChat.Node.Model;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Display names and pictures between two peers, and from one that lies.</summary>
public sealed class ProfileTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Profile_and_each_change_reach_the_contact(bool isEphemeral)
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(isEphemeral ? "alice" : "anna", data, isEphemeral);
        await using var bob = await StartAsync(isEphemeral ? "bob" : "bill", data, isEphemeral);
        alice.Profiles.SetDisplayName("Alice Liddell");
        alice.Profiles.SetPicture(TestPictures.RealPng);
        await alice.ConnectAsync(bob);

        var first = await bob.Expect<PeerEvent.ProfileChanged>();
        Assert.Equal(
            ("Alice Liddell", true, true),
            (first.Profile.DisplayName, first.Profile.HasPicture, first.IsRenamed)
        );
        Assert.Equal(first.Profile, bob.Profiles.Of(alice.Name));
        Assert.Equal(TestPictures.RealPng, bob.Profiles.PictureOf(alice.Name)!.Bytes.ToArray());

        bob.Profiles.SetDisplayName("Bob");
        Assert.Equal("Bob", (await alice.Expect<PeerEvent.ProfileChanged>()).Profile.DisplayName);

        alice.Profiles.RemovePicture();
        var second = await bob.Expect<PeerEvent.ProfileChanged>();
        Assert.Equal(
            ("Alice Liddell", false, false),
            (second.Profile.DisplayName, second.Profile.HasPicture, second.IsRenamed)
        );
        Assert.Null(bob.Profiles.PictureOf(alice.Name));

        alice.Profiles.SetDisplayName(null);
        Assert.Null((await bob.Expect<PeerEvent.ProfileChanged>()).Profile.DisplayName);
        Assert.Null(alice.Profiles.Of(alice.Name));
    }

    [Fact]
    public async Task Profiles_survive_restarts_and_changes_meanwhile_arrive()
    {
        using var data = new TempDirectory();
        var carol = await StartAsync("carol", data);
        var picture = TestPictures.PngOfSize(ProfileRules.MaxPictureBytes);
        long version;
        await using (var dave = await StartAsync("dave", data))
        {
            dave.Profiles.SetDisplayName("Dave");
            dave.Profiles.SetPicture(picture);
            await dave.ConnectAsync(carol);
            _ = await carol.Expect<PeerEvent.ProfileChanged>();
            version = dave.Profiles.Own.Version;
        }

        await carol.DisposeAsync();
        await using var carolAgain = await StartAsync("carol", data);
        await using var daveAgain = await StartAsync("dave", data);
        Assert.Equal(new ContactProfile(version, "Dave", true), carolAgain.Profiles.Of(daveAgain.Name));
        Assert.Equal(picture, carolAgain.Profiles.PictureOf(daveAgain.Name)!.Bytes.ToArray());
        Assert.Equal(new ContactProfile(version, "Dave", true), daveAgain.Profiles.Own);
        Assert.Equal(picture, daveAgain.Profiles.OwnPicture!.Bytes.ToArray());

        daveAgain.Profiles.SetDisplayName("David");
        await daveAgain.ConnectAsync(carolAgain);
        Assert.Equal("David", (await carolAgain.Expect<PeerEvent.ProfileChanged>()).Profile.DisplayName);
    }

    [Fact]
    public async Task Lower_version_replaces_a_higher_one()
    {
        await using var erin = await PeerUnderTest.StartAsync(directory, "erin");
        using var frank = new RawPeer("frank");
        await frank.RegisterAsync(directory);
        using var link = await OpenAsync(frank, erin);
        await SendAsync(link, 9, "Newer");
        Assert.Equal("Newer", (await erin.Expect<PeerEvent.ProfileChanged>()).Profile.DisplayName);

        await SendAsync(link, 8, "Restored");
        Assert.Equal("Restored", (await erin.Expect<PeerEvent.ProfileChanged>()).Profile.DisplayName);
    }

    [Fact]
    public async Task Bad_profile_is_dropped_and_the_conversation_goes_on()
    {
        await using var grace = await PeerUnderTest.StartAsync(directory, "grace");
        using var heidi = new RawPeer("heidi");
        await heidi.RegisterAsync(directory);
        using var link = await OpenAsync(heidi, grace);
        await SendAsync(link, 0, "No version");
        await SendAsync(link, ulong.MaxValue, "Absurd version");
        await SendAsync(link, 1, "Svg\u202e\n", "<svg onload=alert(1)>"u8.ToArray());
        var taken = (await grace.Expect<PeerEvent.ProfileChanged>()).Profile;
        Assert.Equal(new ContactProfile(1, "Svg<U+202E>", false), taken);
        Assert.Null(grace.Profiles.PictureOf(heidi.Name));

        await SendAsync(link, 2, "Huge", new byte[200_000]);
        var huge = await grace.Expect<PeerEvent.ProfileChanged>(one => one.Profile.Version == 2);
        Assert.Equal(new ContactProfile(2, "Huge", false), huge.Profile);
        await SendAsync(link, 3, "Bomb", TestPictures.Png(60_000, 60_000));
        Assert.False(
            (await grace.Expect<PeerEvent.ProfileChanged>(one => one.Profile.Version == 3)).Profile.HasPicture
        );
        await link.SendMessageAsync(RawLink.Epoch, 1, "still here");
        Assert.Equal("still here", (await grace.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Profile_flood_is_limited_and_the_last_one_applies()
    {
        var clock = new SettableClock();
        await using var ivan = await PeerUnderTest.StartAsync(directory, "ivan", timeProvider: clock);
        using var judy = new RawPeer("judy");
        await judy.RegisterAsync(directory);
        using var link = await OpenAsync(judy, ivan);
        for (var i = 1ul; i <= 100; i++)
        {
            await SendAsync(link, i, $"Judy {i}");
        }

        await link.SendMessageAsync(RawLink.Epoch, 1, "after the flood");
        _ = await ivan.Expect<PeerEvent.MessageReceived>();
        // Several that come at once may be taken as one.
        var taken = ivan.Rest().OfType<PeerEvent.ProfileChanged>().ToList();
        Assert.InRange(taken.Count, 1, ProfileIntake.Burst);
        Assert.Equal(taken[^1].Profile, ivan.Profiles.Of(judy.Name));

        // Less than the timeout of the silent link.
        for (var passed = 0; passed < 70; passed++)
        {
            clock.LetPass(TimeSpan.FromSeconds(9));
            await link.SendAsync(new Frame { Ping = new Ping() });
            _ = await link.ExpectAsync(Frame.BodyOneofCase.Pong);
        }

        var last = await ivan.Expect<PeerEvent.ProfileChanged>(one => one.Profile.Version == 100);
        Assert.Equal("Judy 100", last.Profile.DisplayName);
    }

    [Fact]
    public async Task Profile_requests_are_rate_limited()
    {
        await using var kim = await PeerUnderTest.StartAsync(directory, "kim");
        kim.Profiles.SetDisplayName("Kim");
        using var leo = new RawPeer("leo");
        await leo.RegisterAsync(directory);
        using var link = await OpenAsync(leo, kim);
        Assert.Equal(0ul, (await link.ExpectAsync(Frame.BodyOneofCase.ProfileKnown)).ProfileKnown.Version);
        var answers = 0;
        for (var i = 0; i < 50; i++)
        {
            await link.SendAsync(new Frame { ProfileKnown = new ProfileKnown { Version = (ulong)i } });
            await link.SendAsync(new Frame { Ping = new Ping() });
            Frame? frame;
            while ((frame = await link.ReadAsync()) is not { BodyCase: Frame.BodyOneofCase.Pong })
            {
                answers += frame!.BodyCase == Frame.BodyOneofCase.Profile ? 1 : 0;
            }
        }

        // Those that come while one is being written are answered by one.
        Assert.InRange(answers, 1, 6);
    }

    [Fact]
    public async Task Lost_profile_is_removed_from_contacts()
    {
        await using var uma = await PeerUnderTest.StartAsync(directory, "uma");
        using var vera = new RawPeer("vera");
        await vera.RegisterAsync(directory);
        using var link = await OpenAsync(vera, uma);
        // Vera has the profile of a copy of Uma that was lost.
        await link.SendAsync(new Frame { ProfileKnown = new ProfileKnown { Version = 5 } });

        var sent = (await link.ExpectAsync(Frame.BodyOneofCase.Profile)).Profile;
        Assert.Equal(("", 0), (sent.DisplayName, sent.Picture.Length));
        Assert.InRange(sent.Version, 6u, ulong.MaxValue);
        Assert.Equal((ulong)uma.Profiles.Own.Version, sent.Version);
    }

    [Fact]
    public async Task Several_changes_are_sent_as_one()
    {
        await using var wim = await PeerUnderTest.StartAsync(directory, "wim");
        using var xena = new RawPeer("xena");
        await xena.RegisterAsync(directory);
        using var link = await OpenAsync(xena, wim);
        wim.Profiles.SetDisplayName("W");
        wim.Profiles.SetPicture(TestPictures.RealPng);
        wim.Profiles.SetDisplayName("Wim");

        var sent = (await link.ExpectAsync(Frame.BodyOneofCase.Profile)).Profile;
        Assert.Equal("Wim", sent.DisplayName);
        Assert.Equal(TestPictures.RealPng, sent.Picture.ToByteArray());
        wim.Profiles.SetPicture(TestPictures.RealPng);
        Assert.Equal(sent.Version, (ulong)wim.Profiles.Own.Version);
    }

    [Fact]
    public async Task Picture_on_a_slow_line_does_not_end_the_link()
    {
        var (clock, options) = (new SettableClock(), new PeerOptions());
        await using var yara = await PeerUnderTest.StartAsync(directory, "yara", timeProvider: clock);
        using var zack = new RawPeer("zack");
        await zack.RegisterAsync(directory);
        using var link = await OpenAsync(zack, yara);
        yara.Profiles.SetPicture(TestPictures.PngOfSize(ProfileRules.MaxPictureBytes));
        clock.LetPass(TimeSpan.FromSeconds(2));
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Profile);
        _ = yara.Messages.Send(zack.Name, "behind the picture");
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Message);

        // So long it takes until the picture and the message have crossed the line, and the answer is back.
        clock.LetPass(options.AnswerTimeout + TimeSpan.FromSeconds(1));
        yara.Runtime.Tick();
        await link.SendAsync(new Frame { Pong = new Pong() });
        await link.SendMessageAsync(RawLink.Epoch, 1, "on the same link");
        Assert.Equal("on the same link", (await yara.Expect<PeerEvent.MessageReceived>()).Message.Text);
        Assert.DoesNotContain(yara.Rest(), @event => @event is PeerEvent.Disconnected);
    }

    [Fact]
    public async Task Idle_link_outlives_a_picture_that_takes_20_seconds()
    {
        var clock = new SettableClock();
        await using var abby = await PeerUnderTest.StartAsync(directory, "abby", timeProvider: clock);
        using var bart = new RawPeer("bart");
        await bart.RegisterAsync(directory);
        using var link = await OpenAsync(bart, abby);
        abby.Profiles.SetPicture(TestPictures.PngOfSize(ProfileRules.MaxPictureBytes));
        clock.LetPass(TimeSpan.FromSeconds(2));
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Profile);

        for (var passed = 0; passed < 20; passed++)
        {
            clock.LetPass(TimeSpan.FromSeconds(1));
            abby.Runtime.Tick();
        }

        await link.SendAsync(new Frame { Pong = new Pong() });
        await link.SendMessageAsync(RawLink.Epoch, 1, "on the same link");
        _ = await abby.Expect<PeerEvent.MessageReceived>();
        Assert.DoesNotContain(abby.Rest(), @event => @event is PeerEvent.Disconnected);
    }

    [Fact]
    public async Task Profile_that_ended_a_link_waits_an_hour()
    {
        var clock = new SettableClock();
        await using var cora = await PeerUnderTest.StartAsync(directory, "cora", timeProvider: clock, change: options =>
            (options.PingAfter, options.DeadAfter) = (TimeSpan.FromDays(1), TimeSpan.FromDays(2))
        );
        cora.Profiles.SetPicture(TestPictures.RealPng);
        using var duke = new RawPeer("duke");
        await duke.RegisterAsync(directory);
        using (var dead = await OpenAsync(duke, cora))
        {
            await dead.SendAsync(new Frame { ProfileKnown = new ProfileKnown() });
            _ = await dead.ExpectAsync(Frame.BodyOneofCase.Profile);
            clock.LetPass(TimeSpan.FromMinutes(1));
            _ = await cora.Expect<PeerEvent.Disconnected>();
        }

        using var link = await duke.AskAsync(cora, features: ["profile"]);
        _ = await link.ResumeAsync();
        await link.SendAsync(new Frame { ProfileKnown = new ProfileKnown() });
        // A Pong overtakes a profile.
        for (var i = 0; i < 3; i++)
        {
            await link.SendAsync(new Frame { Ping = new Ping() });
            Frame frame;
            while ((frame = (await link.ReadAsync())!).BodyCase != Frame.BodyOneofCase.Pong)
            {
                Assert.NotEqual(Frame.BodyOneofCase.Profile, frame.BodyCase);
            }
        }

        clock.LetPass(TimeSpan.FromHours(1));

        _ = await link.ExpectAsync(Frame.BodyOneofCase.Profile);
    }

    [Fact]
    public async Task Profile_question_beyond_the_limit_is_answered_later()
    {
        var clock = new SettableClock();
        await using var ella = await PeerUnderTest.StartAsync(directory, "ella", timeProvider: clock, change: options =>
            (options.PingAfter, options.DeadAfter) = (TimeSpan.FromDays(1), TimeSpan.FromDays(2))
        );
        ella.Profiles.SetDisplayName("Ella");
        using var fynn = new RawPeer("fynn");
        await fynn.RegisterAsync(directory);
        using var link = await OpenAsync(fynn, ella);
        for (var i = 0; i < 7; i++)
        {
            await link.SendAsync(new Frame { ProfileKnown = new ProfileKnown() });
            if (i < 6)
            {
                _ = await link.ExpectAsync(Frame.BodyOneofCase.Profile);
                // Answers the ping behind it.
                await link.SendAsync(new Frame { Pong = new Pong() });
            }
        }

        // So all before it has been handled.
        await link.SendAsync(new Frame { Ping = new Ping() });
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Pong);
        clock.LetPass(TimeSpan.FromMinutes(1));

        _ = await link.ExpectAsync(Frame.BodyOneofCase.Profile);
    }

    [Fact]
    public async Task Peer_without_the_feature_is_sent_no_profile()
    {
        await using var mike = await PeerUnderTest.StartAsync(directory, "mike");
        mike.Profiles.SetDisplayName("Mike");
        using var nina = new RawPeer("nina");
        await nina.RegisterAsync(directory);
        using var link = await nina.AskAsync(mike);
        mike.Connections.Accept((await mike.Expect<PeerEvent.Request>()).From);
        _ = await link.ResumeAsync();
        mike.Profiles.SetDisplayName("Michael");
        await link.SendAsync(new Frame { ProfileKnown = new ProfileKnown() });
        await link.SendMessageAsync(RawLink.Epoch, 1, "hello");

        var frames = new List<Frame.BodyOneofCase>();
        while (await link.ReadAsync() is { } frame && frame.BodyCase != Frame.BodyOneofCase.Ack)
        {
            frames.Add(frame.BodyCase);
        }

        Assert.DoesNotContain(Frame.BodyOneofCase.Profile, frames);
        Assert.DoesNotContain(Frame.BodyOneofCase.ProfileKnown, frames);
    }

    [Fact]
    public async Task Blocked_contact_has_no_profile()
    {
        using var data = new TempDirectory();
        await using var olga = await StartAsync("olga", data);
        await using var pete = await StartAsync("pete", data);
        pete.Profiles.SetDisplayName("Pete");
        await pete.ConnectAsync(olga);
        _ = await olga.Expect<PeerEvent.ProfileChanged>();

        await olga.Contacts.BlockAsync(pete.Name, CancellationToken.None);

        Assert.Null(olga.Profiles.Of(pete.Name));
        Assert.Null(olga.Profiles.Of(pete.Id));
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("")]
    public async Task Bad_display_name_is_refused(string name)
    {
        await using var quinn = await PeerUnderTest.StartUnregisteredAsync(directory.Address, "quinn");
        Assert.Equal(
            PeerError.BadDisplayName,
            Assert.Throws<PeerException>(() => quinn.Profiles.SetDisplayName(name)).Error
        );
        Assert.Equal(0, quinn.Profiles.Own.Version);
    }

    [Fact]
    public async Task Bad_picture_is_refused_with_what_to_do()
    {
        await using var rosa = await PeerUnderTest.StartUnregisteredAsync(directory.Address, "rosa");
        Assert.Equal(
            [
                "The picture is empty. Choose a PNG, JPEG or WebP file.",
                "The picture is too large. Use one of at most 64 KiB.",
                "This file format is not supported. Use a PNG, JPEG or WebP file without animation.",
                "The picture is too large. Use one of at most 512 × 512 pixels.",
                "The picture contains metadata that may reveal where it was taken. Remove it, or upload the picture on "
                    + "the page, which removes it.",
            ],
            new[]
            {
                [],
                TestPictures.PngOfSize(ProfileRules.MaxPictureBytes + 1),
                "<svg/>"u8.ToArray(),
                TestPictures.Png(513, 513),
                TestPictures.Jpeg(256, 256, (0xe1, "Exif\0\0"u8.ToArray())),
            }.Select(picture => Assert.Throws<PeerException>(() => rosa.Profiles.SetPicture(picture)).Message)
        );
        Assert.Null(rosa.Profiles.OwnPicture);
    }

    private Task<PeerUnderTest> StartAsync(string name, TempDirectory data, bool isEphemeral = false) =>
        PeerUnderTest.StartAsync(directory, name, options =>
            (options.Ephemeral, options.Data) = (isEphemeral, isEphemeral ? null : Path.Combine(data.Path, name))
        );

    /// <summary>Connects a raw peer that names the feature.</summary>
    private static async Task<RawLink> OpenAsync(RawPeer peer, PeerUnderTest to)
    {
        var link = await peer.AskAsync(to, features: ["profile"]);
        to.Connections.Accept((await to.Expect<PeerEvent.Request>()).From);
        _ = await link.ResumeAsync();
        return link;
    }

    private static Task SendAsync(RawLink link, ulong version, string name, byte[]? picture = null) =>
        link.SendAsync(
            new Frame
            {
                Profile = new Profile
                {
                    Version = version,
                    DisplayName = name,
                    Picture = ByteString.CopyFrom(picture ?? []),
                },
            }
        );
}
