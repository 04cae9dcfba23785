using P2PChat.AppHost;

try
{
    LoopbackWithoutProxy.Set();
    var builder = DistributedApplication.CreateBuilder(args);
    builder.AddComposeDeployment();

    TcpPort.CheckDashboard(builder.Configuration);
    var redis = builder.AddRedis(RedisChoice.From(builder.Configuration));
    var discovery = builder.AddDiscovery(redis);
    builder.AddPeers(PeerSettings.From(builder.Configuration, builder.AppHostDirectory), discovery);

    builder.AddConsoleStatus();
    await builder.Build().RunAsync();
    return 0;
}
catch (Exception problem) when (StartProblem.Of(problem) is { } known)
{
    await Console.Error.WriteLineAsync(known.Sentence);
    return known.ExitCode;
}
