using P2PChat.App;

return await AppProgram.RunAsync(args);
