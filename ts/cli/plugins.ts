/** The door of this folder. What is heavy comes in where a command needs it. */
import * as crypto from 'node:crypto';
import * as dgram from 'node:dgram';
import * as diagnosticsChannel from 'node:diagnostics_channel';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as path from 'node:path';
import * as readline from 'node:readline';
import * as util from 'node:util';
import * as momoa from '@humanwhocodes/momoa';
import * as commander from 'commander';

export { commander, crypto, dgram, diagnosticsChannel, fs, http, https, momoa, net, path, readline, util };
export type * as tty from 'node:tty';
export type { z } from 'zod';

/** An optional peer: loaded when DNS is to be served, and only then. */
export const importSmartDns = () => import('@push.rocks/smartdns/server');
