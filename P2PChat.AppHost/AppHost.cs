using P2PChat.AppHost;

try
{
    var builder = DistributedApplication.CreateBuilder(args);
    builder.AddComposeDeployment();

    var redis = builder.AddRedis(RedisChoice.From(builder.Configuration));
    var discovery = builder.AddDiscovery(redis);
    builder.AddPeers(PeerSettings.From(builder.Configuration, builder.AppHostDirectory), discovery);

    builder.Build().Run();
    return 0;
}
catch (Exception problem) when (problem is SettingException or DistributedApplicationException)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return problem is SettingException ? 2 : 1;
}
